// Looks at the repository around a file: whether what it names is there, and what switches findings off.
// Nothing that is emitted depends on it.
#pragma once

#include "compiler/frontend/file_system.h"
#include "compiler/sema/model.h"

#include <string>

namespace pipec {

// Larger files that leave out findings are not read.
inline constexpr size_t max_ignore_file = size_t{1} << 20;

// `entry`: the file. The repository is the nearest folder around it that has a `.git`; where none has one,
// `root`, below which imports stay, if that is around the file, else the file's own folder. Standard input
// lives nowhere: nothing is known then.
sema::Checkout look_around(const std::string& entry, const std::string& root, const sema::Model& model,
                           FileSystem& files);

}  // namespace pipec
