// The names of everything that is created. They are computed, so that stacks need no exports of each other.
#pragma once

#include "compiler/ir/ir.h"

#include <string>
#include <string_view>

namespace pipec::backends::codepipeline {

// Quotas of AWS for names: S3, IAM and Lambda, CodeConnections, SQS, CodePipeline, CodeBuild, CloudFormation.
// The name of an application of CodeDeploy, of 100 characters, stands in names of configurations.
inline constexpr size_t longest_bucket = 63;
inline constexpr size_t longest_role = 64;
inline constexpr size_t longest_connection = 32;
inline constexpr size_t longest_queue = 80;
inline constexpr size_t longest_pipeline = 100;
inline constexpr size_t longest_project = 150;
inline constexpr size_t longest_stack = 128;
inline constexpr size_t longest_deployment = 80;
// What all names begin with must be left whole: rights are given by it.
inline constexpr size_t longest_base = 40;

// A name that is too long is cut and ends in a hash of the whole.
std::string fit(const std::string& name, size_t longest);

// Names of CodeBuild have no `.` and no `@`.
std::string plain_name(std::string name);

// Letters and digits stay, any other character becomes `_` and its code in hexadecimal. Variables of the
// shell and artifacts of CodePipeline are named so; no two names become the same, and read back can turn it
// round.
std::string encoded(std::string_view name);
std::string decoded(std::string_view name);

class Names {
 public:
  explicit Names(const ir::Pipeline& pipeline);

  // PREFIX-PIPELINE, with which every name begins.
  const std::string& base() const { return base_; }
  const std::string& account() const { return account_; }
  const std::string& region() const { return region_; }

  std::string stack(std::string_view what) const;
  std::string pipeline(const ir::Route& route) const;
  std::string log_group(const ir::Route& route) const;
  // A project, and a role of the same name, so that the accounts of environments can tell who asks.
  std::string project(const ir::Route& route, std::string_view what) const;
  std::string project_role(const ir::Route& route, std::string_view what) const;
  std::string bucket(std::string_view what, std::string_view region) const;
  std::string role(std::string_view what) const;
  std::string role_of(const ir::Route& route, std::string_view what) const;
  // The role in the environment's account that a build of this element takes on.
  std::string element_role(const ir::Stage& stage, const ir::Element& element) const;
  // Of AWS CodeDeploy: one application and group for each deployment, by the same name in every region.
  std::string deployment(const ir::Stage& stage, const ir::Element& element) const;
  std::string ledger() const { return base_ + "-ledger"; }
  std::string ledger_arn() const { return arn("dynamodb", "table/" + ledger()); }
  // The topic for approvals and notices.
  std::string notices() const { return base_ + "-notices"; }
  std::string notices_arn() const { return arn("sns", notices()); }
  // The topic for those who are told of hotfixes only.
  std::string incidents() const { return base_ + "-incidents"; }
  std::string incidents_arn() const { return arn("sns", incidents()); }
  // For events and calls that failed for good.
  std::string dead_letters() const { return fit(base_ + "-dead-letters", longest_queue); }
  std::string connection() const { return fit(base_, longest_connection); }
  std::string function(std::string_view what) const { return role(what); }

  // `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`, in the partition of the region.
  std::string arn(std::string_view service, std::string_view region, std::string_view account,
                  std::string_view resource) const;
  // In the account and region of the pipeline.
  std::string arn(std::string_view service, std::string_view resource) const;
  std::string role_arn(std::string_view account, std::string_view role) const;
  std::string registry() const;

 private:
  std::string base_;
  std::string prefix_;
  std::string name_;
  std::string account_;
  std::string region_;
};

// `aws`, `aws-cn` or `aws-us-gov`.
std::string partition_of(std::string_view region);
// Of service addresses: `amazonaws.com`, in China `amazonaws.com.cn`.
std::string url_suffix_of(std::string_view region);

}  // namespace pipec::backends::codepipeline
