#pragma once

#include "compiler/diag/diagnostic.h"

namespace pipec::diag {
#include "compiler/diag/kinds/every_target.def"
}
