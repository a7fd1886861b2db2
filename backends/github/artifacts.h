// How artifacts go from job to job. Files are packed with their modes and compared by digest; images stay in
// the registry and are known by their digest.
#pragma once

#include "backends/github/context.h"
#include "backends/github/model.h"
#include "backends/github/plan.h"

#include <string>
#include <string_view>
#include <vector>

namespace pipec::backends::github {

bool is_container(const ir::Artifact& artifact);

// The step after which an artifact is stored, and the one that knows the name under which an image is pushed.
std::string artifact_step(const ir::Artifact& artifact);
std::string own_image_step(const ir::Artifact& artifact);
// The output of a job that holds a value of an artifact: `image-uri`.
std::string artifact_output(const ir::Artifact& artifact, std::string_view attribute);

// A value of the run, of an artifact of this job or of one that it needs.
Text run_time_text(const Context& context, const RoutePlan& plan, const PlannedJob& job,
                   const ir::RunTime& value);
// The reverse: `@image.uri`; empty when it is none.
std::string run_time_name(std::string_view written);

// The workflow's variables that hold what is known of artifacts before the run: paths, and images from
// outside.
Environment known_values(const Context& context, const ir::Route& route);

// The text of a value, whether it is known before the run or not. An artifact is what its type is used by:
// the image, or the file.
Text value_text(const Context& context, const RoutePlan& plan, const PlannedJob& job, const ir::Value& value);

// The port of this machine at which a service is.
Text service_port(const ir::Service& service);

// The variables of an element's command, then its secrets, then where its services are.
Environment element_environment(const Context& context, const RoutePlan& plan, const PlannedJob& job,
                                const ir::Element& element);

// The jobs that what this job consumes comes from.
std::vector<const PlannedJob*> makers(const Context& context, const RoutePlan& plan,
                                      const PlannedJob& planned);

// Puts the files that an element needs back at their paths; `known` are artifacts that the job has already.
void add_fetch_steps(const Context& context, const RoutePlan& plan, const PlannedJob& planned,
                     const ir::Element& element, std::vector<size_t>& known, std::vector<Step>& steps);

// Stores the files that an element made.
void add_store_steps(const Context& context, const ir::Element& element, std::vector<Step>& steps);

// What other jobs get to know of the artifacts that this job makes.
void add_artifact_outputs(const Context& context, const PlannedJob& planned, Job& job);

}  // namespace pipec::backends::github
