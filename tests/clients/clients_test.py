"""Debian's aws command and boto3 against Floe's front door.

Usage:
  clients_test.py --server ECHO_SERVER      starts that server and stops it at the end
  clients_test.py --endpoint URL --code URI [--no-zip]
                                            uses a Floe that runs already

With --endpoint, URI is the Code.ImageUri of a function that answers with its payload, and with an error
when the payload has a member "fail". --no-zip leaves out zip packages, for a Floe without a base root.
All functions made here begin with "floe-clients-" and are deleted again.
"""

import argparse
import base64
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

import boto3
import botocore.config
import botocore.exceptions

ROLE = "arn:aws:iam::000000000000:role/clients"
ENDPOINT = None
CODE = "root:/srv/root"
WITH_ZIP = True

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "1",
    "AWS_PAGER": "",
}


def make_zip(mode=0o755):
    """A zip package with a bootstrap of the given mode."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = (0o100000 | mode) << 16
        package.writestr(entry, "#!/bin/sh\n")
    return out.getvalue()


class Boto3Test(unittest.TestCase):
    """What boto3 makes of the answers: parsed members and exception classes."""

    @classmethod
    def setUpClass(cls):
        cls.client = boto3.client(
            "lambda",
            endpoint_url=ENDPOINT,
            config=botocore.config.Config(retries={"total_max_attempts": 1}),
        )

    def setUp(self):
        self.name = "floe-clients-" + self.id().rsplit(".", 1)[-1].replace("_", "-")[:40]

    def create(self, **members):
        self.addCleanup(self.delete)
        return self.client.create_function(
            FunctionName=self.name, PackageType="Image", Code={"ImageUri": CODE}, Role=ROLE, **members
        )

    def delete(self):
        try:
            self.client.delete_function(FunctionName=self.name)
        except self.client.exceptions.ResourceNotFoundException:
            pass

    def test_create_shows_the_configuration(self):
        created = self.create(Timeout=7, MemorySize=256, Description="clients")

        self.assertEqual(created["ResponseMetadata"]["HTTPStatusCode"], 201)
        self.assertEqual(created["FunctionName"], self.name)
        self.assertTrue(created["FunctionArn"].endswith(":function:" + self.name))
        self.assertEqual(created["Timeout"], 7)
        self.assertEqual(created["MemorySize"], 256)
        self.assertEqual(created["Version"], "$LATEST")
        self.assertEqual(created["PackageType"], "Image")
        self.assertRegex(created["LastModified"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$")
        self.client.get_waiter("function_active_v2").wait(FunctionName=self.name)

    def test_invoke_by_every_form_of_name(self):
        arn = self.create()["FunctionArn"]
        account = arn.split(":")[4]
        for name in (self.name, self.name + ":$LATEST", arn, account + ":function:" + self.name):
            result = self.client.invoke(FunctionName=name, Payload=b'{"a": [1, "\xc3\xa9"]}')
            self.assertEqual(json.load(result["Payload"]), {"a": [1, "\u00e9"]}, name)
            self.assertEqual(result["StatusCode"], 200)
            self.assertEqual(result["ExecutedVersion"], "$LATEST")
            self.assertNotIn("FunctionError", result)

    def test_invoke_with_tail(self):
        self.create()
        result = self.client.invoke(FunctionName=self.name, Payload=b"1", LogType="Tail")

        log = base64.b64decode(result["LogResult"]).decode()
        self.assertIn("START RequestId: " + result["ResponseMetadata"]["RequestId"], log)

    def test_function_error(self):
        self.create()
        result = self.client.invoke(FunctionName=self.name, Payload=b'{"fail": 1}')

        self.assertEqual(result["StatusCode"], 200)
        self.assertEqual(result["FunctionError"], "Unhandled")
        self.assertIn("errorType", json.load(result["Payload"]))

    def test_event_and_dry_run(self):
        self.create()
        event = self.client.invoke(FunctionName=self.name, InvocationType="Event", Payload=b"1")
        self.assertEqual(event["StatusCode"], 202)
        self.assertEqual(event["Payload"].read(), b"")
        dry_run = self.client.invoke(FunctionName=self.name, InvocationType="DryRun")
        self.assertEqual(dry_run["StatusCode"], 204)

    def test_throttle_has_its_reason(self):
        self.create()
        self.client.put_function_concurrency(
            FunctionName=self.name, ReservedConcurrentExecutions=0
        )
        with self.assertRaises(self.client.exceptions.TooManyRequestsException) as raised:
            self.client.invoke(FunctionName=self.name, Payload=b"1")
        response = raised.exception.response
        self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], 429)
        self.assertEqual(response["Reason"], "ReservedFunctionConcurrentInvocationLimitExceeded")
        self.assertEqual(response["Error"]["Message"], "Rate Exceeded.")

    def test_reserved_concurrency(self):
        self.create()
        unreserved = self.client.get_account_settings()["AccountLimit"][
            "UnreservedConcurrentExecutions"
        ]
        put = self.client.put_function_concurrency(
            FunctionName=self.name, ReservedConcurrentExecutions=5
        )
        self.assertEqual(put["ReservedConcurrentExecutions"], 5)
        get = self.client.get_function_concurrency(FunctionName=self.name)
        self.assertEqual(get["ReservedConcurrentExecutions"], 5)
        shown = self.client.get_function(FunctionName=self.name)
        self.assertEqual(shown["Concurrency"]["ReservedConcurrentExecutions"], 5)
        limit = self.client.get_account_settings()["AccountLimit"]
        self.assertEqual(limit["UnreservedConcurrentExecutions"], unreserved - 5)
        with self.assertRaises(self.client.exceptions.InvalidParameterValueException):
            self.client.put_function_concurrency(
                FunctionName=self.name, ReservedConcurrentExecutions=1_000_000
            )
        self.client.delete_function_concurrency(FunctionName=self.name)
        get = self.client.get_function_concurrency(FunctionName=self.name)
        self.assertNotIn("ReservedConcurrentExecutions", get)

    def test_update_and_list(self):
        created = self.create(Environment={"Variables": {"KEY": "1"}})
        updated = self.client.update_function_configuration(FunctionName=self.name, Timeout=9)
        self.assertEqual(updated["Timeout"], 9)
        self.assertEqual(updated["Environment"]["Variables"], {"KEY": "1"})
        self.assertNotEqual(updated["RevisionId"], created["RevisionId"])
        self.client.get_waiter("function_updated_v2").wait(FunctionName=self.name)
        self.client.update_function_code(FunctionName=self.name, ImageUri=CODE)
        pages = self.client.get_paginator("list_functions").paginate(
            PaginationConfig={"PageSize": 1}
        )
        names = [function["FunctionName"] for page in pages for function in page["Functions"]]
        self.assertIn(self.name, names)

    def test_tags(self):
        arn = self.create(Tags={"team": "a"})["FunctionArn"]
        self.client.tag_resource(Resource=arn, Tags={"stage": "b"})
        self.assertEqual(self.client.list_tags(Resource=arn)["Tags"], {"team": "a", "stage": "b"})
        self.client.untag_resource(Resource=arn, TagKeys=["team"])
        self.assertEqual(self.client.list_tags(Resource=arn)["Tags"], {"stage": "b"})

    def test_errors_have_their_classes(self):
        errors = self.client.exceptions
        self.create()
        with self.assertRaises(errors.ResourceConflictException):
            self.create()
        with self.assertRaises(errors.ResourceNotFoundException) as missing:
            self.client.invoke(FunctionName="floe-clients-missing", Payload=b"1")
        self.assertRegex(
            missing.exception.response["Error"]["Message"],
            r"^Function not found: arn:aws:lambda:.*:function:floe-clients-missing:\$LATEST$",
        )
        with self.assertRaises(errors.InvalidRequestContentException):
            self.client.invoke(FunctionName=self.name, Payload=b"{not json")
        with self.assertRaises(errors.RequestTooLargeException):
            self.client.invoke(FunctionName=self.name, Payload=b'"' + b"x" * 6_291_555 + b'"')
        with self.assertRaises(errors.InvalidParameterValueException):
            self.client.update_function_configuration(FunctionName=self.name, MemorySize=10_241)
        with self.assertRaises(errors.PreconditionFailedException):
            self.client.update_function_configuration(FunctionName=self.name, RevisionId="stale")
        with self.assertRaises(botocore.exceptions.ClientError) as invalid:
            self.client.get_function(FunctionName="not a name")
        self.assertEqual(invalid.exception.response["Error"]["Code"], "ValidationException")

    def test_zip_package(self):
        if not WITH_ZIP:
            self.skipTest("--no-zip")
        self.addCleanup(self.delete)
        members = {"FunctionName": self.name, "Runtime": "provided.al2", "Handler": "h", "Role": ROLE}
        with self.assertRaises(self.client.exceptions.InvalidParameterValueException):
            self.client.create_function(Code={"ZipFile": make_zip(mode=0o644)}, **members)
        created = self.client.create_function(Code={"ZipFile": make_zip()}, **members)
        self.assertEqual(created["PackageType"], "Zip")
        self.assertEqual(created["CodeSize"], len(make_zip()))
        self.assertEqual(created["Runtime"], "provided.al2")
        self.client.update_function_code(FunctionName=self.name, ZipFile=make_zip(mode=0o700))


class AwsCommandTest(unittest.TestCase):
    """The aws command, through the life of one function."""

    NAME = "floe-clients-aws-command"

    def aws(self, *arguments):
        return subprocess.run(
            ["aws", "lambda", *arguments, "--endpoint-url", ENDPOINT, "--output", "json"],
            capture_output=True,
            text=True,
            check=False,
        )

    def ok(self, *arguments):
        done = self.aws(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def test_life_of_a_function(self):
        name = ("--function-name", self.NAME)
        self.addCleanup(self.aws, "delete-function", *name)
        directory = tempfile.mkdtemp(dir=os.environ["HOME"])
        out = os.path.join(directory, "out")
        # From a file: versions 1 and 2 of the command read payloads on the command line differently.
        payload = os.path.join(directory, "payload")
        with open(payload, "w", encoding="utf-8") as file:
            file.write('{"a":1}')

        created = self.ok(
            "create-function", *name, "--package-type", "Image", "--code", "ImageUri=" + CODE,
            "--role", ROLE, "--timeout", "5",
        )
        self.assertEqual(created["FunctionName"], self.NAME)
        self.ok("wait", "function-active-v2", *name)
        result = self.ok(
            "invoke", *name, "--payload", "fileb://" + payload, "--log-type", "Tail", out
        )
        self.assertEqual(result["StatusCode"], 200)
        self.assertIn("START RequestId: ", base64.b64decode(result["LogResult"]).decode())
        with open(out, encoding="utf-8") as file:
            self.assertEqual(json.load(file), {"a": 1})
        self.assertEqual(self.ok("get-function", *name)["Configuration"]["State"], "Active")
        listed = self.ok("list-functions")["Functions"]
        self.assertIn(self.NAME, [function["FunctionName"] for function in listed])
        self.ok("put-function-concurrency", *name, "--reserved-concurrent-executions", "0")
        throttled = self.aws("invoke", *name, out)
        self.assertNotEqual(throttled.returncode, 0)
        self.assertIn("TooManyRequestsException", throttled.stderr)
        self.assertIn("Rate Exceeded.", throttled.stderr)
        self.ok("delete-function-concurrency", *name)
        self.assertGreater(
            self.ok("get-account-settings")["AccountLimit"]["ConcurrentExecutions"], 0
        )
        self.ok("delete-function", *name)
        missing = self.aws("get-function", *name)
        self.assertIn("ResourceNotFoundException", missing.stderr)


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server")
    parser.add_argument("--endpoint")
    parser.add_argument("--code", default=CODE)
    parser.add_argument("--no-zip", action="store_true")
    return parser.parse_known_args()


def main():
    global ENDPOINT, CODE, WITH_ZIP  # pylint: disable=global-statement
    options, rest = parse_arguments()
    directory = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
    # Nothing of the user's own configuration takes part.
    os.environ.update(ENVIRONMENT, HOME=directory)
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        os.environ.pop(proxy, None)
    CODE = options.code
    WITH_ZIP = not options.no_zip
    ENDPOINT = options.endpoint
    server = None
    try:
        if options.server:
            server = subprocess.Popen(
                [options.server, directory + "/code"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            words = server.stdout.readline().split()
            ENDPOINT = "http://127.0.0.1:" + words[1]
            if "code" in words:
                CODE = words[3]
        done = unittest.main(argv=[sys.argv[0], *rest], exit=False)
        passed = done.result.wasSuccessful()
        if server:
            server.stdin.close()
            passed = server.wait(timeout=30) == 0 and passed
            server = None
            # The front door removes the packages it unpacked.
            left = [
                files
                for folder, _, files in os.walk(directory + "/code")
                if files and "/images" not in folder
            ]
            if left:
                print("left in the code directory:", left)
                passed = False
        return 0 if passed else 1
    finally:
        if server:
            server.kill()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
