"""How the AWS SDKs say, inside a program, that a call is denied, or that they find no credentials or no region.

Source: what boto3, the SDKs for JavaScript v2 and v3 and the SDKs for Go v1 and v2 print, provoked. The wordings of
the SDKs for Java, .NET, PHP, Ruby and Rust are known from reports of failures; no source of theirs is cited here.
"""

from diagnostics.said import Wording

NO_CREDENTIALS = (
    # Python, the CLI
    Wording.of("unable to locate credentials"),
    Wording.of("partial credentials found"),
    Wording.of("error when retrieving credentials"),
    Wording.of("unable to load sso token"),
    *Wording.any_of(
        ("the config profile", "shared config profile"),
        r"\bthe config profile \([^)\n]{1,80}\) could not be found|\bfailed to get shared config profile",
    ),
    Wording.of("error occurred while loading credentials"),
    Wording.of("ec2rolerequesterror", r"EC2RoleRequestError: no EC2 instance role found"),
    Wording.of("provider returned no credentials"),
    Wording.of("aws ec2 instance meta"),
    # JavaScript
    Wording.of("could not load credentials from any providers"),
    Wording.of("credentialsprovidererror"),
    Wording.of("missing credentials in config"),
    Wording.of("resolved credential object is not valid"),
    Wording.of("container credential provider cannot be used"),
    # Java
    Wording.of("unable to load aws credentials"),
    Wording.of("unable to load credentials from any of the providers"),
    Wording.of("unable to load credentials"),
    Wording.of("unable to contact ec2 metadata service"),
    Wording.of("cannot load the credentials"),
    Wording.of("failed to connect to service endpoint"),
    Wording.of("failed to find aws iam credentials"),
    # Go, Terraform, anything that is built on them
    Wording.of("nocredenti", r"NoCredenti(?:al(?:P|sErr)|a?l?$)"),
    Wording.of("no ec2 imds role found"),
    Wording.of("failed to refresh cached credentials"),
    Wording.of("failed to retrieve credentials"),
    Wording.of("no valid credential sources"),
    Wording.of("static credentials are empty"),
    # .NET, PHP, Ruby, Rust
    Wording.of("unable to get iam security credentials"),
    Wording.of("unable to retrieve credentials"),
    Wording.of("failed to resolve aws credentials"),
    Wording.of("unable to find credentials"),
    Wording.of(
        "error retrieving credential", r"error retrieving credentials? from (?:the instance profile|ECS|container)"
    ),
    Wording.of("iam ", r"(?:unable|failed) to (?:generate|create|build) (?:an? )?(?:RDS )?IAM (?:auth\w* )?token"),
    Wording.of("auth token", r"(?:unable|failed) to (?:generate|create|build) (?:an? )?(?:RDS|IAM) auth\w* token"),
    Wording.of("ecscredentialsproviderfailure"),
    Wording.of("ec2 metadata", r"EC2 Metadata \w+ request (?:returned error|timed out)"),
    Wording.of("cannot read credentials from"),
    *Wording.any_of(
        ("aws/credentials", "aws/config"),
        r"\b(?:no such file|ENOENT|not found|does not exist|MissingFileError|unable to load|failed to load)\b"
        r"[^\n]{0,60}\.aws/(?:credentials|config)\b|\.aws/(?:credentials|config)\b[^\n]{0,20}"
        r"\b(?:no such file|not found|does not exist)",
    ),
    Wording.of("failed to load shared credentials file"),
    Wording.of("failed to load credentials from imds"),
    Wording.of("contained no credentials for profile"),
    Wording.of("aws_container_credentials", r"\bAWS_CONTAINER_CREDENTIALS_\w{2,12}_URI\b[^\n]{0,40}\bnot set"),
    # The address of the container's or the instance's credentials, where nobody answers or none are
    Wording.of("/meta-data/iam/security-credentials", r"169\.254\.169\.254/\S{0,40}/iam/security-credentials"),
    Wording.of("169.254.170.2", r"169\.254\.170\.2(?::80)?/v2/credentials"),
    Wording.of(
        "169.254.",
        r"\bE(?:TIMEDOUT|CONNREFUSED|HOSTUNREACH|NETUNREACH|INVAL) 169\.254\.(?:169\.254|170\.(?:2|23)):80\b",
    ),
    Wording.of("missingcredentialserror"),
    Wording.of("unable to sign request without credentials"),
    # ExAws
    Wording.of("required key: :access_key_id"),
    Wording.of("the credential provider was not enabled"),
    Wording.of("credentialsnotloaded"),
    Wording.of("no credentials in the property bag"),
    Wording.of(
        "aws credentials",
        r"(?:no|unable to (?:find|locate|load)|could(?: not|n't) (?:find|load)|missing"
        r"|cannot find)\b[^\n]{0,40}\bAWS credentials",
    ),
    # Kept apart from AWS's own words: what nginx's S3 gateway writes
    Wording.of("could not load", r"could not load (?:EC2|ECS) task role credentials"),
)
NO_REGION = (
    Wording.of("you must specify a region"),
    Wording.of("noregionerror"),
    Wording.of("region is missing"),
    Wording.of("missing region in config"),
    Wording.of("missingregion", r"\bMissingRegion(?:Error)?\b"),
    Wording.of("unable to find a region via the region provider chain"),
    Wording.of("unable to load region from any of the providers"),
    Wording.of("region must be specified", r"(?:AWS )?region must be specified"),
    Wording.of("region was not a valid dns name"),
    Wording.of("a region must be set"),
    Wording.of("no regionendpoint or serviceurl"),
    Wording.of(
        "missing required client configuration options",
        r"missing required client configuration options:[^\n]{0,300}region",
    ),
    Wording.of('a "region" configuration value is required'),
    Wording.of('"region" is a required'),
    Wording.of("could not find region configuration"),
    Wording.of("an aws region is required"),
    Wording.of("failed to resolve service endpoint", r"failed to resolve service endpoint[^\n]{0,300}region"),
)
DENIED = (
    Wording.of("not authorized to perform", r"not authorized to perform:? (?P<action>[a-z][\w-]*:[A-Za-z*]+)"),
    Wording.of("not authorized to perform"),
    # The same sentence of a line that was cut off
    Wording.of(
        ":assumed-role/", r":sts::[\w*-]{0,40}:assumed-role/\S{1,200} is not aut[a-z]{0,8}(?: to)?(?: p[a-z]{0,6})?$"
    ),
    Wording.of("access to the resource", r"\bAccess to the resource https?://\S{0,80}amazonaws\S{0,40} is denied"),
    Wording.of(
        "when calling the",
        r"\((?:\w{0,20}AccessDenied\w*|403|UnauthorizedOperation|AuthorizationError|UnrecognizedClientException"
        r"|AuthFailure|AllAccessDisabled|OptInRequired"
        r"|InvalidClientTokenId|InvalidAccessKeyId|SignatureDoesNotMatch"
        r"|ExpiredToken\w*)\) when calling the (?P<action>\w+) operation",
    ),
    Wording.of(
        "operation error ",
        r"operation error (?P<action>[\w ]+: \w+)[^\n]{0,300}(?:AccessDenied|StatusCode: 403|UnauthorizedOperation"
        r"|Forbidden)",
    ),
    Wording.of("accessdeniedexception"),
    Wording.of("accessdenied", r"\bAccessDenied\b"),
    Wording.of("unauthorizedoperation"),
    Wording.of("authorizationerror", r"\bAuthorizationError(?:Exception)?\b"),
    Wording.of(
        "access denied",
        r"(?:\b(?:s3|sqs|sns|dynamodb|kms|ssm|secretsmanager|sts|cognito|ses|kinesis|aws|bucket|getobject"
        r"|putobject|clienterror|amazon\w*)\b)[^\n]{0,120}access denied|access denied \((?:service: |Amazon)",
    ),
    Wording.of(
        "forbidden",
        r"\b(?:s3|HeadObject|HeadBucket|GetObject|ListObjects\w*|amazonaws\.com)\b[^\n]{0,200}\bforbidden\b",
    ),
    Wording.of("unrecognizedclientexception"),
    Wording.of("invalidclienttokenid"),
    Wording.of("invalidaccesskeyid"),
    Wording.of("signaturedoesnotmatch"),
    Wording.of("expiredtoken"),
    Wording.of("security token included in the request is"),
    *Wording.any_of(
        ("access key id you provided", "request signature we calculated"),
        r"AWS access key id you provided does not exist|request signature we calculated does not match",
    ),
    # The SDKs for Java and JavaScript, of an answer of 403 without a body
    Wording.of("status code: 403", r"\(Service: [\w ]{1,40}[;,] Status Code: 403\b"),
    *Wording.any_of(("forbidden: ", "403: "), r"(?:\bForbidden: (?:null|UnknownError)\b|\b403: UnknownError\b)"),
    Wording.of("kms.", r"KMS\.\w*(?:AccessDenied|Disabled)\w*"),
)
