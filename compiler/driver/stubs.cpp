#include "compiler/driver/session.h"
namespace pipec::driver {
int cmd_run(const Options&, Environment&){return 2;}
}
