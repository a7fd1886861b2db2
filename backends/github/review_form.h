// The form of the review that follows an incident.
#pragma once

#include "backends/github/context.h"

#include <string>

namespace pipec::backends::github {

// `.github/ISSUE_TEMPLATE/pipec-NAME-review.yml`; review.sh opens issues with the same fields.
std::string review_form_path(const Context& context);
std::string review_form(const Context& context, std::string_view header);

}  // namespace pipec::backends::github
