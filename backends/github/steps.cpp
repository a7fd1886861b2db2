#include "backends/github/steps.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "backends/common/values.h"
#include "backends/github/embedded.h"
#include "compiler/support/check.h"
#include "compiler/support/text.h"

namespace pipec::backends::github {
namespace {

constexpr std::string_view end_of_script = "PIPEC_END_OF_SCRIPT";
constexpr std::string_view kill_after = "30s";
// Until the runner has the checkout, the languages and the tools; and after the last limit until the reports are up.
constexpr long preparation_minutes = 10;
// AWS STS: the shortest session; IAM: the longest.
constexpr long shortest_session = 900;
constexpr long longest_session = 43200;

struct Script {
  std::string_view name;
  const std::string_view* text;
  // Those that it reads.
  std::array<std::string_view, 3> uses;
};

const std::array<Script, 32>& all_scripts() {
  static const std::array<Script, 32> scripts{{
      {"alarms.sh", &scripts::alarms_sh, {}},
      {"approval_age.sh", &scripts::approval_age_sh, {}},
      {"back_merge.sh", &scripts::back_merge_sh, {"issues.sh"}},
      {"change_set.sh", &scripts::change_set_sh, {}},
      {"claim.sh", &scripts::claim_sh, {"claims.sh", "ledger.sh"}},
      {"claims.sh", &scripts::claims_sh, {}},
      {"command.sh", &scripts::command_sh, {}},
      {"ecs_code_deploy.sh", &scripts::ecs_code_deploy_sh, {}},
      {"ecs_rolling.sh", &scripts::ecs_rolling_sh, {"alarms.sh"}},
      {"ecs_service.sh", &scripts::ecs_service_sh, {"ecs_code_deploy.sh", "ecs_rolling.sh"}},
      {"environment.jq", &scripts::environment_jq, {}},
      {"fetch_files.sh", &scripts::fetch_files_sh, {}},
      {"gate.sh", &scripts::gate_sh, {"ledger.sh"}},
      {"guard.sh", &scripts::guard_sh, {"claims.sh", "ledger.sh"}},
      {"image_digest.sh", &scripts::image_digest_sh, {}},
      {"image_name.sh", &scripts::image_name_sh, {}},
      {"install_tool.sh", &scripts::install_tool_sh, {}},
      {"issues.sh", &scripts::issues_sh, {}},
      {"ledger.sh", &scripts::ledger_sh, {}},
      {"make_way.sh", &scripts::make_way_sh, {}},
      {"merged.sh", &scripts::merged_sh, {"ledger.sh"}},
      {"metrics.sh", &scripts::metrics_sh, {"ledger.sh"}},
      {"monitor.sh", &scripts::monitor_sh, {"issues.sh", "ledger.sh"}},
      {"notify.sh", &scripts::notify_sh, {}},
      {"override.sh", &scripts::override_sh, {"ledger.sh"}},
      {"record.sh", &scripts::record_sh, {"ledger.sh"}},
      {"record_backfill.sh", &scripts::record_backfill_sh, {"ledger.sh"}},
      {"regions.sh", &scripts::regions_sh, {}},
      {"registry_login.sh", &scripts::registry_login_sh, {}},
      {"review.sh", &scripts::review_sh, {"issues.sh", "ledger.sh"}},
      {"settings.sh", &scripts::settings_sh, {"environment.jq", "ledger.sh"}},
      {"start_backfill.sh", &scripts::start_backfill_sh, {}},
  }};
  return scripts;
}

}  // namespace

}  // namespace pipec::backends::github
