// Tables for people.
#pragma once

#include <string>
#include <vector>

namespace pipec::driver {

// The first row is the heading; all rows are of the same length.
using Table = std::vector<std::vector<std::string>>;

// Columns beside each other. Where they do not fit into `width` columns (0: any number), the widest are
// narrowed and their cells go on in further lines.
std::string text_table(const Table& table, size_t width);

}  // namespace pipec::driver
