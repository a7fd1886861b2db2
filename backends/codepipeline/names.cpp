#include "backends/codepipeline/names.h"

#include "backends/codepipeline/facts.h"
#include "backends/common/values.h"
#include "compiler/support/hash.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::codepipeline {
namespace {

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::string fit(const std::string& name, size_t longest) {
  if (name.size() <= longest) return name;
  constexpr size_t hash_length = 8;
  return name.substr(0, longest - hash_length - 1) + "-" + sha256(name).substr(0, hash_length);
}

std::string plain_name(std::string name) {
  for (char& c : name)
    c = c == '.' || c == '@' ? '-' : c;
  return name;
}

std::string encoded(std::string_view name) {
  std::string text;
  for (const char c : name)
    text += is_alphanumeric(c) ? std::string(1, c) : fmt::format("_{:02X}", static_cast<unsigned char>(c));
  return text;
}

std::string decoded(std::string_view name) {
  std::string text;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool code = name[i] == '_' && i + 2 < name.size();
    text += code ? static_cast<char>(std::stoi(std::string(name.substr(i + 1, 2)), nullptr, 16)) : name[i];
    if (code) i += 2;
  }
  return text;
}

std::string partition_of(std::string_view region) {
  if (region.starts_with("cn-")) return "aws-cn";
  return region.starts_with("us-gov-") ? "aws-us-gov" : "aws";
}

std::string url_suffix_of(std::string_view region) {
  return region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

Names::Names(const ir::Pipeline& pipeline)
    : prefix_(text_setting(pipeline, target, "prefix")),
      name_(pipeline.name),
      account_(text_setting(pipeline, target, "account")),
      region_(text_setting(pipeline, target, "region")) {
  base_ = prefix_ + "-" + name_;
}

std::string Names::stack(std::string_view what) const {
  return fit(fmt::format("{}-{}", base_, what), longest_stack);
}
std::string Names::pipeline(const ir::Route& route) const {
  return fit(fmt::format("{}-{}", base_, route.name), longest_pipeline);
}
std::string Names::log_group(const ir::Route& route) const {
  return fmt::format("/{}/{}/{}", prefix_, name_, route.name);
}

std::string Names::project(const ir::Route& route, std::string_view what) const {
  return fit(plain_name(fmt::format("{}-{}-{}", base_, route.name, what)), longest_project);
}

std::string Names::project_role(const ir::Route& route, std::string_view what) const {
  return fit(project(route, what), longest_role);
}

std::string Names::bucket(std::string_view what, std::string_view region) const {
  return fit(fmt::format("{}-{}-{}-{}", base_, what, account_, region), longest_bucket);
}

std::string Names::role(std::string_view what) const {
  return fit(fmt::format("{}-{}", base_, what), longest_role);
}

std::string Names::role_of(const ir::Route& route, std::string_view what) const {
  return role(fmt::format("{}-{}", route.name, what));
}

std::string Names::element_role(const ir::Stage& stage, const ir::Element& element) const {
  return role(fmt::format("{}-{}", stage.name, element.name));
}

std::string Names::deployment(const ir::Stage& stage, const ir::Element& element) const {
  return fit(fmt::format("{}-{}-{}", base_, stage.name, element.name), longest_deployment);
}

std::string Names::arn(std::string_view service, std::string_view region, std::string_view account,
                       std::string_view resource) const {
  return fmt::format("arn:{}:{}:{}:{}:{}", partition_of(region_), service, region, account, resource);
}

std::string Names::arn(std::string_view service, std::string_view resource) const {
  return arn(service, region_, account_, resource);
}

std::string Names::role_arn(std::string_view account, std::string_view role) const {
  return arn("iam", "", account, fmt::format("role/{}", role));
}

std::string Names::registry() const {
  return fmt::format("{}.dkr.ecr.{}.{}", account_, region_, url_suffix_of(region_));
}

}  // namespace pipec::backends::codepipeline
