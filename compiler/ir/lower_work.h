// Lowering of values, and of what an element does on a target.
#pragma once

#include "compiler/ir/artifacts.h"
#include "compiler/ir/ir.h"
#include "compiler/sema/model.h"

#include <string>

namespace pipec::ir {

class ValueLowering {
 public:
  // `directory`: of the command that sees the values, relative to the checkout.
  explicit ValueLowering(const Artifacts& artifacts, std::string directory = "")
      : artifacts_(artifacts), directory_(std::move(directory)) {}

  Value lower(const sema::Value& value) const;
  // Without those in error.
  NamedValues lower(const sema::NamedValues& values) const;

 private:
  std::string folder_of(const std::string& collection) const;
  decltype(Value::data) reference_to(const std::string& artifact) const;
  decltype(Value::data) run_time_value(const sema::RunTimeValue& value) const;

  const Artifacts& artifacts_;
  std::string directory_;
};

// `environment`: of the element's stage; null when it has none.
Work lower_work(const sema::Element& element, const sema::Environment* environment,
                const sema::Target& target, const Artifacts& artifacts);

}  // namespace pipec::ir
