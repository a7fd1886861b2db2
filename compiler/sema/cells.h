// What `matrix` and `per_region` make of a route: the graph as it runs, in which such an element is several,
// side by side. Rules judge elements as a whole; schedules, limits of targets and the IR are about this
// graph.
#pragma once

#include "compiler/sema/model.h"

#include <string>
#include <vector>

namespace pipec::sema {

// GitHub documentation, "Usage limits": jobs of a matrix. More is refused on every target.
inline constexpr size_t max_cells = 256;

// How often the element runs: 1 without axes. At most max_cells + 1, which stands for more.
size_t cell_count(const Element& element);

// The route as it runs. Each element with axes is replaced by its cells, which have all that it has and
//   * an id of their own, `build.unit@1_25-debian`. `@` is in no name of the language. Names stay different
//   when
//     `@` is written as `-`, because not every platform allows it;
//   * its place: what stood before it stands before each of them, what stood behind it behind all of them;
//   * with `max_parallel` N, the cell N before each of them directly before it.
Route expanded(const Route& route);

}  // namespace pipec::sema
