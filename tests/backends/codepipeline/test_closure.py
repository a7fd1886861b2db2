"""Whatever the emitted templates refer to is there, and is there in time."""

import json
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from templates import SOURCE, actions_of, all_emitted, provider_of, variables_in  # pylint: disable=wrong-import-position

# Required and optional keys of an action's configuration (CodePipeline User Guide, "Action structure reference").
CONFIGURATION = {
    ("Source", "CodeStarSourceConnection"): (
        {"ConnectionArn", "FullRepositoryId", "BranchName"}, {"OutputArtifactFormat", "DetectChanges"}),
    ("Source", "CodeCommit"): ({"RepositoryName", "BranchName"}, {"PollForSourceChanges", "OutputArtifactFormat"}),
    ("Build", "CodeBuild"): (
        {"ProjectName"}, {"PrimarySource", "EnvironmentVariables", "BatchEnabled", "CombineArtifacts"}),
    ("Test", "CodeBuild"): (
        {"ProjectName"}, {"PrimarySource", "EnvironmentVariables", "BatchEnabled", "CombineArtifacts"}),
    ("Invoke", "Lambda"): ({"FunctionName"}, {"UserParameters"}),
    ("Approval", "Manual"): (set(), {"NotificationArn", "CustomData", "ExternalEntityLink"}),
    ("Deploy", "CloudFormation"): (
        {"ActionMode", "StackName", "ChangeSetName"}, {"TemplatePath", "RoleArn", "Capabilities", "ParameterOverrides"}),
}
SOURCE_VARIABLES = {
    "CodeStarSourceConnection": {"AuthorDate", "BranchName", "CommitId", "CommitMessage", "ConnectionArn",
                                 "FullRepositoryName"},
    "CodeCommit": {"AuthorDate", "BranchName", "CommitId", "CommitMessage", "CommitterDate", "RepositoryName"},
}
NAME = re.compile(r"[A-Za-z0-9.@_-]{1,100}")


class Closure(unittest.TestCase):
    @staticmethod
    def each_template():
        return [(emitted, template) for _, emitted in all_emitted() for template in emitted.templates.values()]

    @staticmethod
    def each_pipeline():
        return [(emitted, pipeline) for _, emitted in all_emitted() for pipeline in emitted.pipelines.values()]

    def test_every_reference_resolves(self):
        for _, template in self.each_template():
            for node in template.nodes():
                if not isinstance(node, dict):
                    continue
                if isinstance(node.get("Ref"), str):
                    self.assertIn(node["Ref"], {*template.parameters, *template.resources, "AWS::AccountId"})
                if "GetAtt" in node:
                    self.assertIn(node["GetAtt"].split(".")[0], template.resources)
                if "FindInMap" in node:
                    mapping, key, attribute = node["FindInMap"]
                    self.assertIn(attribute, template.mappings[mapping][key])
                for name in re.findall(r"\$\{([^}!]+)\}", node.get("Sub", "")):
                    self.assertIn(name, {"AWS::AccountId", "AWS::Partition", *template.resources})

    def test_every_parameter_and_buildspec_is_used(self):
        for _, template in self.each_template():
            nodes = [node for node in template.nodes() if isinstance(node, dict)]
            used = {node["Ref"] for node in nodes if isinstance(node.get("Ref"), str)}
            self.assertEqual(set(template.parameters) - used, set())
            found = {tuple(node["FindInMap"][:2]) for node in nodes if "FindInMap" in node}
            defined = {(mapping, key) for mapping, keys in template.mappings.items() for key in keys}
            self.assertEqual(defined, found)

    def test_every_parameter_has_a_source_that_is_deployed_before(self):
        for source, emitted in all_emitted():
            deployed = {}
            for name, template in emitted.templates.items():
                with self.subTest(source=source, template=name):
                    self.assertEqual([one["name"] for one in template.stack["parameters"]], list(template.parameters))
                    for parameter in template.stack["parameters"]:
                        self.assertIn(parameter["kind"], {"output", "outputs", "task_roles", "value", "given"})
                        if parameter["kind"] in ("output", "outputs"):
                            for one in parameter["value"].split(","):
                                stack, key = one.split(":")
                                self.assertIn(key, deployed[stack].outputs)
                deployed[name] = template

    def test_stages_and_actions_have_names_of_their_own(self):
        for _, pipeline in self.each_pipeline():
            stages = pipeline["Stages"]
            self.assertTrue(2 <= len(stages) <= 50)
            names = [stage["Name"] for stage in stages]
            self.assertEqual(len(set(names)), len(names))
            for stage in stages:
                actions = [action["Name"] for action in stage["Actions"]]
                self.assertTrue(1 <= len(actions) <= 50)
                self.assertEqual(len(set(actions)), len(actions))
                for name in [stage["Name"], *actions]:
                    self.assertRegex(name, rf"^{NAME.pattern}$")
            categories = [{action["ActionTypeId"]["Category"] for action in stage["Actions"]} for stage in stages]
            self.assertEqual(categories[0], {"Source"})
            for later in categories[1:]:
                self.assertNotIn("Source", later)

    def test_configurations_have_the_keys_of_their_provider(self):
        for _, pipeline in self.each_pipeline():
            for _, _, action in actions_of(pipeline):
                configuration = action["Configuration"]
                required, optional = CONFIGURATION[provider_of(action)]
                self.assertLessEqual(required, set(configuration), action["Name"])
                self.assertLessEqual(set(configuration), required | optional, action["Name"])
                for key, value in configuration.items():
                    if not isinstance(value, dict):
                        self.assertIsInstance(value, str, (action["Name"], key))
                        self.assertTrue(1 <= len(value) <= 1000, (action["Name"], key))
                self.assertEqual("PrimarySource" in configuration, len(action.get("InputArtifacts", [])) > 1)
                self.assertEqual("TimeoutInMinutes" in action, provider_of(action) == ("Approval", "Manual"))

    def test_artifacts_are_made_once_and_before_they_are_taken(self):
        for emitted, pipeline in self.each_pipeline():
            made = {}
            for position, _, action in actions_of(pipeline):
                for artifact in action.get("OutputArtifacts", []):
                    self.assertRegex(artifact["Name"], r"^[A-Za-z0-9_-]{1,100}$")
                    self.assertNotIn(artifact["Name"], made)
                    made[artifact["Name"]] = position
                self.assertLessEqual(len(action.get("OutputArtifacts", [])), 5)
                self.assertLessEqual(len(action.get("InputArtifacts", [])), 5)
            for position, _, action in actions_of(pipeline):
                taken = [artifact["Name"] for artifact in action.get("InputArtifacts", [])]
                for artifact in taken:
                    self.assertLess(made[artifact], position)
                if action["ActionTypeId"]["Provider"] == "CodeBuild":
                    self.check_artifacts_of_build(emitted, action, taken)

    def check_artifacts_of_build(self, emitted, action, taken):
        """The buildspec makes what the action hands on, and reads only what the action takes."""
        buildspec = emitted.pipelines_template.buildspec(emitted.project(action))
        given = [artifact["Name"] for artifact in action.get("OutputArtifacts", [])]
        secondary = buildspec.get("artifacts", {}).get("secondary-artifacts")
        if secondary is not None:
            self.assertEqual(sorted(secondary), sorted(given))
        else:
            self.assertEqual(len(given), 1 if "artifacts" in buildspec else 0)
        read = re.findall(r"CODEBUILD_SRC_DIR_(\w+)", str(buildspec))
        self.assertLessEqual(set(read), set(taken))

    def test_variables_are_exported_before_they_are_read(self):
        for emitted, pipeline in self.each_pipeline():
            exported = {("codepipeline", "PipelineExecutionId"): (0, 0)}
            exported.update({("variables", one["Name"]): (0, 0) for one in pipeline.get("Variables", [])})
            namespaces = set()
            artifacts = {artifact["Name"] for _, _, action in actions_of(pipeline) for artifact in action.get("OutputArtifacts", [])}
            for position, _, action in actions_of(pipeline):
                namespace = action.get("Namespace")
                if namespace is None:
                    continue
                self.assertRegex(namespace, r"^[A-Za-z0-9@_-]{1,100}$")
                self.assertNotIn(namespace, namespaces | artifacts | {"codepipeline", "variables"})
                namespaces.add(namespace)
                provider = action["ActionTypeId"]["Provider"]
                if provider == "CodeBuild":
                    names = emitted.pipelines_template.buildspec(emitted.project(action))["env"]["exported-variables"]
                else:
                    names = SOURCE_VARIABLES[provider]
                exported.update({(namespace, name): position for name in names})
            for position, stage, action in actions_of(pipeline):
                for variable in variables_in(action):
                    self.assertLess(exported[variable], position, (action["Name"], variable))
                for variable in variables_in(stage.get("BeforeEntry", {})):
                    self.assertLess(exported[variable], (position[0], 0), (stage["Name"], variable))

    def test_scripts_of_builds_find_their_variables(self):
        """What pipec's own lines read is set by the project, by every action that runs it, or by the lines themselves."""
        for emitted, pipeline in self.each_pipeline():
            for _, _, action in actions_of(pipeline):
                if action["ActionTypeId"]["Provider"] != "CodeBuild":
                    continue
                project = emitted.project(action)
                text = emitted.pipelines_template.buildspec(project)["phases"]["build"]["commands"][0]
                given = {one["Name"] for one in project["Environment"].get("EnvironmentVariables", [])}
                given |= set(re.findall(r'"name":"(\w+)"', action["Configuration"].get("EnvironmentVariables", "")))
                given |= set(re.findall(r"^(?:export )?(pipec_\w+)=", text, re.MULTILINE))
                self.assertEqual(set(re.findall(r"\$\{?(pipec_\w+)", text)) - given, set(), action["Name"])

    def test_triggers_and_switches_name_what_is_there(self):
        for emitted, pipeline in self.each_pipeline():
            sources = {action["Name"]: action["ActionTypeId"]["Provider"] for action in pipeline["Stages"][0]["Actions"]}
            for trigger in pipeline.get("Triggers", []):
                self.assertEqual(sources[trigger["GitConfiguration"]["SourceActionName"]], trigger["ProviderType"])
            for switch in pipeline.get("DisableInboundStageTransitions", []):
                self.assertIn(switch["StageName"], [stage["Name"] for stage in pipeline["Stages"]][1:])
            switched = [one["switched"] for one in emitted.plan["pipelines"] if one["name"] == pipeline["Name"] and "switched" in one]
            self.assertEqual([one["StageName"] for one in pipeline.get("DisableInboundStageTransitions", [])], switched)

    def test_regions_have_places_for_artifacts(self):
        for emitted, pipeline in self.each_pipeline():
            if "ArtifactStore" in pipeline:
                stores = {emitted.pipelines_template.region: pipeline["ArtifactStore"]}
            else:
                stores = {one["Region"]: one["ArtifactStore"] for one in pipeline["ArtifactStores"]}
            regions = {action.get("Region", emitted.pipelines_template.region) for _, _, action in actions_of(pipeline)}
            self.assertEqual(set(stores), regions)
            for region, store in stores.items():
                support = emitted.templates[f"support-{region}"]
                self.assertIn(store["Location"], [bucket["BucketName"] for bucket in support.of_type("AWS::S3::Bucket").values()])

    def test_arns_name_resources_that_are_emitted(self):
        """An ARN of a kind of resource that the templates create names one of them, in its account and region."""
        kinds = {("lambda", "function:"): ("AWS::Lambda::Function", "FunctionName"),
                 ("codebuild", "project/"): ("AWS::CodeBuild::Project", "Name"),
                 ("dynamodb", "table/"): ("AWS::DynamoDB::Table", "TableName"),
                 ("sqs", ""): ("AWS::SQS::Queue", "QueueName"),
                 ("iam", "role/"): ("AWS::IAM::Role", "RoleName")}
        for source, emitted in all_emitted():
            there = {(kind, template.account, properties[key]) for template in emitted.templates.values()
                     for kind, key in kinds.values() for properties in template.of_type(kind).values()}
            # Roles of people are not pipec's to create.
            there |= {("AWS::IAM::Role", emitted.plan["account"], role) for role in emitted.plan["approvers"]}
            for name, template in emitted.templates.items():
                with self.subTest(source=source, template=name):
                    for node in template.nodes():
                        match = re.fullmatch(r"arn:aws:(\w+):([\w-]*):(\d+):([^*:]*?[:/])?([^*/:]+)", node) if isinstance(node, str) else None
                        found = match and kinds.get((match[1], match[4] or ""))
                        if found:
                            self.assertIn((found[0], match[3], match[5]), there, node)

    def test_every_deployment_to_a_guarded_environment_is_guarded_approved_claimed_and_recorded(self):
        for emitted, pipeline in self.each_pipeline():
            actions = actions_of(pipeline)
            claims = [(position, action) for position, _, action in actions if action["Name"] == "pipec.claim"]
            stacks = {"CHANGE_SET_EXECUTE", "CHANGE_SET_REPLACE"}
            for position, _, action in actions:
                roles = str(emitted.project(action)) if action["ActionTypeId"]["Provider"] == "CodeBuild" else str(action)
                changes = action["Configuration"].get("ActionMode") in stacks or "pipec_region" in str(action["Configuration"])
                if not changes or not any(f"::{account}:" in roles for account in self.guarded_accounts(emitted)):
                    continue
                before = [one for one, _ in claims if one < position]
                self.assertTrue(before, action["Name"])
                for provider in (("Approval", "Manual"), ("Test", "CodeBuild")):
                    self.assertTrue(any(provider_of(other) == provider for other_position, _, other in actions if other_position < max(before)))
                later = [other["Name"] for other_position, _, other in actions if other_position > position]
                self.assertIn("pipec.record", later)
                self.assertTrue({"pipec.release", "pipec.record"} & set(later[-1:]), later[-1:])

    def test_actions_that_change_production_are_guarded_and_claimed_as_deployments_are(self):
        checked = 0
        for emitted, pipeline in self.each_pipeline():
            names = [action["Name"] for _, _, action in actions_of(pipeline)]
            if "migrate" not in names:
                continue
            at = names.index("migrate")
            self.assertEqual([name for name in names[names.index("release"):] if name != "migrate"], ["release", "pipec.claim", "pipec.record"])
            self.assertIn("pipec.guard.ship", names[:at])
            self.assertLess(names.index("pipec.claim"), at)
            checked += 1
        self.assertEqual(checked, 2)

    def test_every_stage_that_uses_the_lock_takes_it_first(self):
        """A stage is retried as a whole, after its run had lost the lock."""
        checked = 0
        for emitted, pipeline in self.each_pipeline():
            for stage in pipeline["Stages"]:
                taken = [action["RunOrder"] for action in stage["Actions"] if action["Name"] in ("pipec.claim", "pipec.lock")]
                for action in stage["Actions"]:
                    project = emitted.project(action) if action["ActionTypeId"]["Provider"] == "CodeBuild" else {}
                    if action["Name"] in ("pipec.record", "pipec.release") or "check_lock" in str(project and emitted.pipelines_template.buildspec(project)):
                        self.assertTrue(taken and min(taken) < action["RunOrder"], action["Name"])
                        checked += 1
        self.assertGreater(checked, 10)

    def test_no_lock_waits_for_a_person_when_nothing_follows(self):
        """Who only signs off what is done keeps nobody else from deploying."""
        checked = 0
        for emitted, pipeline in self.each_pipeline():
            actions = actions_of(pipeline)
            for position, stage, action in actions:
                name = stage["Name"].split(".")[0]
                same = [(other_position, other) for other_position, other_stage, other in actions
                        if other_stage["Name"].split(".")[0] == name and other_position != position]
                later = [other for other_position, other in same if other_position > position]
                if provider_of(action) != ("Approval", "Manual") or any(not other["Name"].startswith("pipec.") for other in later):
                    continue
                self.assertEqual([other["Name"] for other in later], [])
                before = [other["Name"] for other_position, other in same if other_position < position]
                held = [one for one in before if one in ("pipec.claim", "pipec.lock", "pipec.record", "pipec.release")]
                if held:
                    self.assertIn(held[-1], ("pipec.release", "pipec.record"))
                    checked += 1
        self.assertGreater(checked, 0)

    def test_everybody_who_is_to_be_told_is(self):
        for source, emitted in all_emitted():
            text = (SOURCE / source.split()[0]).read_text(encoding="utf-8")
            control = emitted.templates["control"]
            subscribed = [one["Endpoint"] for one in control.of_type("AWS::SNS::Subscription").values()]
            self.assertEqual(sorted(subscribed), sorted(re.findall(r'email\("([^"]+)"\)', text)))
            channels = json.loads(control.resources["NotifyFunction"]["Properties"]["Environment"]["Variables"]["CHANNELS"])
            told = {channel["to"] for channel in channels}
            wanted = set(re.findall(r'sns\("([^"]+)"\)|slack\(secret\("([^"]+)"\)\)', text))
            self.assertLessEqual({one for pair in wanted for one in pair if one}, told)
            for topic in control.of_type("AWS::SNS::Topic").values():
                self.assertTrue(any(name.endswith(":" + topic["TopicName"]) for name in told), topic)

    @staticmethod
    def guarded_accounts(emitted):
        return {template.account for name, template in emitted.templates.items()
                if any(name.startswith(f"workload-{environment}-") for environment in emitted.plan["guarded"])}


if __name__ == "__main__":
    unittest.main()
