"""The resource types that the stand-in has, by Pulumi's token."""

from sandbox.provider.resource import Resource
from sandbox.provider.resources.alarm import MetricAlarm
from sandbox.provider.resources.bucket import (
    Bucket,
    BucketLifecycleConfiguration,
    BucketOwnershipControls,
    BucketPolicy,
    BucketPublicAccessBlock,
    BucketServerSideEncryptionConfiguration,
    BucketVersioning,
)
from sandbox.provider.resources.capacity import ClusterCapacityProviders
from sandbox.provider.resources.certificate import Certificate, CertificateValidation
from sandbox.provider.resources.cluster import Cluster
from sandbox.provider.resources.event_rule import EventRule, EventTarget
from sandbox.provider.resources.file_system import AccessPoint, FileSystem, FileSystemPolicy, MountTarget
from sandbox.provider.resources.firewall import WebAcl, WebAclAssociation
from sandbox.provider.resources.function import EventSourceMapping, Function, FunctionEventInvokeConfig, Permission
from sandbox.provider.resources.iam import Role, RolePolicy, RolePolicyAttachment
from sandbox.provider.resources.iam_policy import Policy, User, UserPolicyAttachment
from sandbox.provider.resources.key import Alias, Key
from sandbox.provider.resources.listener import Listener, ListenerCertificate
from sandbox.provider.resources.listener_rule import ListenerRule
from sandbox.provider.resources.load_balancer import LoadBalancer
from sandbox.provider.resources.log_group import LogGroup
from sandbox.provider.resources.namespace import HttpNamespace, PrivateDnsNamespace
from sandbox.provider.resources.parameter import Parameter
from sandbox.provider.resources.queue import Queue, QueuePolicy, RedriveAllowPolicy, RedrivePolicy
from sandbox.provider.resources.registry import (
    LifecyclePolicy,
    RegistryScanningConfiguration,
    Repository,
    RepositoryPolicy,
)
from sandbox.provider.resources.routing import Eip, NatGateway, Route, RouteTable, RouteTableAssociation
from sandbox.provider.resources.scaling import Policy as ScalingPolicy
from sandbox.provider.resources.scaling import ScheduledAction
from sandbox.provider.resources.scaling import Target as ScalingTarget
from sandbox.provider.resources.secret import Secret, SecretVersion
from sandbox.provider.resources.security_group import SecurityGroup
from sandbox.provider.resources.security_group_rule import SecurityGroupEgressRule, SecurityGroupIngressRule
from sandbox.provider.resources.service import Service
from sandbox.provider.resources.table import Table
from sandbox.provider.resources.target_group import TargetGroup
from sandbox.provider.resources.task_definition import TaskDefinition
from sandbox.provider.resources.topic import Topic, TopicPolicy, TopicSubscription
from sandbox.provider.resources.vpc import FlowLog, InternetGateway, Subnet, Vpc
from sandbox.provider.resources.vpc_endpoint import VpcEndpoint

_TYPES: tuple[type[Resource], ...] = (
    Cluster,
    ListenerRule,
    LogGroup,
    MetricAlarm,
    Role,
    RolePolicy,
    RolePolicyAttachment,
    Secret,
    SecretVersion,
    SecurityGroup,
    SecurityGroupEgressRule,
    SecurityGroupIngressRule,
    Service,
    TargetGroup,
    Parameter,
    Table,
    WebAcl,
    WebAclAssociation,
    Policy,
    User,
    UserPolicyAttachment,
    HttpNamespace,
    PrivateDnsNamespace,
    AccessPoint,
    FileSystem,
    FileSystemPolicy,
    MountTarget,
    Bucket,
    BucketLifecycleConfiguration,
    BucketOwnershipControls,
    BucketPolicy,
    BucketPublicAccessBlock,
    BucketServerSideEncryptionConfiguration,
    BucketVersioning,
    Topic,
    TopicPolicy,
    TopicSubscription,
    Queue,
    QueuePolicy,
    RedriveAllowPolicy,
    RedrivePolicy,
    EventRule,
    EventTarget,
    EventSourceMapping,
    Function,
    FunctionEventInvokeConfig,
    Permission,
    Alias,
    Key,
    ClusterCapacityProviders,
    LifecyclePolicy,
    RegistryScanningConfiguration,
    Repository,
    RepositoryPolicy,
    ScalingPolicy,
    ScheduledAction,
    ScalingTarget,
    Certificate,
    CertificateValidation,
    Listener,
    ListenerCertificate,
    LoadBalancer,
    TaskDefinition,
    Eip,
    FlowLog,
    InternetGateway,
    NatGateway,
    Route,
    RouteTable,
    RouteTableAssociation,
    Subnet,
    Vpc,
    VpcEndpoint,
)

RESOURCES: dict[str, Resource] = {kind.type_name: kind() for kind in _TYPES}
# The SDK has the types of load balancers under a second name.
RESOURCES |= {
    name.replace("aws:lb/", "aws:alb/"): kind for name, kind in RESOURCES.items() if name.startswith("aws:lb/")
}
