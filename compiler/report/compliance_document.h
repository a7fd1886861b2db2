// What the compliance report says, as a document. Internal to compiler/report.
#pragma once

#include "compiler/report/compliance.h"
#include "compiler/report/document.h"

namespace pipec::report {

// Everything, pipeline by pipeline.
Document document_of(const Report& report);

}  // namespace pipec::report
