"""What moto forgets and the sandbox keeps."""

import boto3
from moto import mock_aws

from sandbox.moto_defects import mend


def test_a_rule_from_a_security_group_keeps_its_description() -> None:
    mend()
    with mock_aws():
        ec2 = boto3.client("ec2", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
        web, balancer = (ec2.create_security_group(GroupName=each, Description=each)["GroupId"] for each in ("a", "b"))
        pair = {"GroupId": balancer, "Description": "from the load balancer"}
        permission = {"IpProtocol": "tcp", "FromPort": 5001, "ToPort": 5001, "UserIdGroupPairs": [pair]}
        ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=[permission])
        rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [web]}])
        described = [rule.get("Description") for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]]
        assert described == ["from the load balancer"]
