// The support template of a region: the key and the buckets for artifacts. And the pipelines, which use them.
#include "backends/codepipeline/model.h"
#include "backends/codepipeline/route_lowering.h"
#include "backends/codepipeline/templates.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::codepipeline {
namespace {

using Texts = std::vector<std::string>;

bool contains(const Texts& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// Roles of other accounts that read artifacts in the region: those that make change sets there.
Texts readers(const Facts& facts, const ir::Route* only, const std::string& region) {
  Texts roles;
  for (const ir::Route* route : facts.routes()) {
    if (only != nullptr && route != only) continue;
    for (const ir::Stage& stage : route->stages) {
      for (const ir::Element& element : stage.elements) {
        if (!uses(element, "change_set")) continue;
        const ir::Environment& environment = *facts.environment_of(stage);
        const std::string role =
            facts.names().role_arn(environment.account, facts.names().role(environment.name + "-deploy"));
        for (const auto& wave : waves_of(facts.pipeline(), stage, element)) {
          if (contains(wave, region) && !contains(roles, role)) roles.push_back(role);
        }
      }
    }
  }
  return roles;
}

// The roots of the accounts that the roles are of: a policy that names a role which is not there yet is
// refused.
Texts roots_of(const Texts& roles) {
  Texts roots;
  for (const std::string& role : roles) {
    std::string root = role.substr(0, role.find(":role/")) + ":root";
    if (!contains(roots, root)) roots.push_back(std::move(root));
  }
  return roots;
}

Node allow(const char* sid, const Texts& roles, const Texts& actions, Node resource) {
  return map({{"Sid", sid},
              {"Effect", "Allow"},
              {"Principal", map({{"AWS", texts(roots_of(roles))}})},
              {"Action", texts(actions)},
              {"Resource", std::move(resource)},
              {"Condition", map({{"ArnEquals", map({{"aws:PrincipalArn", texts(roles)}})}})}});
}

Node key_policy(const Facts& facts, const std::string& region) {
  const Names& names = facts.names();
  Node statements = list({map({{"Sid", "Account"},
                               {"Effect", "Allow"},
                               {"Principal", map({{"AWS", names.arn("iam", "", names.account(), "root")}})},
                               {"Action", "kms:*"},
                               {"Resource", "*"}})});
  const Texts roles = readers(facts, nullptr, region);
  if (!roles.empty()) {
    Node statement = allow("ReadFromEnvironments", roles, {"kms:Decrypt", "kms:DescribeKey"}, "*");
    Node condition = statement.at({"Condition"});
    condition.set("StringEquals",
                  map({{"kms:ViaService", fmt::format("s3.{}.{}", region, url_suffix_of(region))}}));
    statement.set("Condition", std::move(condition));
    statements.add(std::move(statement));
  }
  if (region == names.region()) {
    statements.add(
        map({{"Sid", "NoticesOfAlarms"},
             {"Effect", "Allow"},
             {"Principal", map({{"Service", "cloudwatch.amazonaws.com"}})},
             {"Action", texts({"kms:Decrypt", "kms:GenerateDataKey"})},
             {"Resource", "*"},
             {"Condition", map({{"StringEquals", map({{"aws:SourceAccount", names.account()}})}})}}));
  }
  return map({{"Version", "2012-10-17"}, {"Statement", std::move(statements)}});
}

class Buckets {
 public:
  Buckets(const Facts& facts, const std::string& region, Template& document)
      : facts_(facts), region_(region), document_(document) {}

  void add(std::string_view what, int64_t days, const Texts& reading_roles) {
    const std::string name = facts_.names().bucket(what, region_);
    const std::string arn = fmt::format("arn:{}:s3:::{}", partition_of(region_), name);
    const Node encryption = map({{"SSEAlgorithm", "aws:kms"}, {"KMSMasterKeyID", get_att("Key", "Arn")}});
    Node properties = map(
        {{"BucketName", name},
         {"VersioningConfiguration", map({{"Status", "Enabled"}})},
         {"BucketEncryption",
          map({{"ServerSideEncryptionConfiguration",
                list({map({{"ServerSideEncryptionByDefault", encryption}, {"BucketKeyEnabled", true}})})}})},
         {"OwnershipControls", map({{"Rules", list({map({{"ObjectOwnership", "BucketOwnerEnforced"}})})}})},
         {"PublicAccessBlockConfiguration", map({{"BlockPublicAcls", true},
                                                 {"BlockPublicPolicy", true},
                                                 {"IgnorePublicAcls", true},
                                                 {"RestrictPublicBuckets", true}})}});
    if (days > 0) {
      const Node rule = map({{"Id", "expire"},
                             {"Status", "Enabled"},
                             {"ExpirationInDays", days},
                             {"NoncurrentVersionExpiration", map({{"NoncurrentDays", days}})}});
      properties.set("LifecycleConfiguration", map({{"Rules", list({rule})}}));
    }
    const std::string id =
        document_.add(logical_id({what, "bucket"}),
                      {.type = "AWS::S3::Bucket", .properties = std::move(properties), .retain = true});
    Node statements = list({map({{"Sid", "EncryptedTransport"},
                                 {"Effect", "Deny"},
                                 {"Principal", "*"},
                                 {"Action", "s3:*"},
                                 {"Resource", texts({arn, arn + "/*"})},
                                 {"Condition", map({{"Bool", map({{"aws:SecureTransport", "false"}})}})}})});
    if (!reading_roles.empty()) {
      statements.add(
          allow("ReadFromEnvironments", reading_roles, {"s3:GetObject", "s3:GetObjectVersion"}, arn + "/*"));
    }
    document_.add(
        logical_id({what, "bucket-policy"}),
        {.type = "AWS::S3::BucketPolicy",
         .properties = map(
             {{"Bucket", reference(id)},
              {"PolicyDocument", map({{"Version", "2012-10-17"}, {"Statement", std::move(statements)}})}})});
  }

 private:
  const Facts& facts_;
  const std::string& region_;
  Template& document_;
};

}  // namespace

std::vector<std::string> support_regions(const Facts& facts) {
  Texts regions{facts.names().region()};
  for (const ir::Route* route : facts.routes()) {
    for (const std::string& region : facts.artifact_regions(*route)) {
      if (!contains(regions, region)) regions.push_back(region);
    }
  }
  return regions;
}

Template support_template(const Facts& facts, const std::string& region) {
  Template document(fmt::format("Artifacts of the pipeline {} in {}", facts.pipeline().name, region));
  document.add("Key",
               {.type = "AWS::KMS::Key",
                .properties = map({{"Description", fmt::format("Artifacts of {}", facts.names().base())},
                                   {"EnableKeyRotation", true},
                                   {"KeyPolicy", key_policy(facts, region)}}),
                .retain = true});
  Buckets buckets(facts, region, document);
  // Each route has a bucket of its own: a run cannot change what runs of another route deploy.
  for (const ir::Route* route : facts.routes()) {
    const Texts regions = facts.artifact_regions(*route);
    if (contains(regions, region))
      buckets.add(route->name, facts.number("artifact_days"), readers(facts, route, region));
  }
  if (region == facts.names().region()) buckets.add(templates_bucket, 0, {});
  document.output("KeyArn", get_att("Key", "Arn"));
  return document;
}

Template pipelines_template(const Facts& facts) {
  Template document(fmt::format("Pipelines of {}", facts.pipeline().name));
  for (const std::string& region : support_regions(facts)) {
    document.parameter(key_parameter(region), "String",
                       fmt::format("ARN of the key for artifacts in {}", region));
  }
  if (facts.uses_connection())
    document.parameter("ConnectionArn", "String", "The connection to the repository");
  if (!approvers_of(facts).empty())
    document.parameter("NoticesTopic", "String", "ARN of the topic for approvals");
  for (const ir::Route* route : facts.routes())
    lower_route(facts, *route, document);
  return document;
}

}  // namespace pipec::backends::codepipeline
