#pragma once

/// \file
/// Rules for a model that is wrong in the ways a log could be: a check that compares a sound log
/// with one of them must see the difference.

#include "seawall/types.h"

#include "crash/model.h"

namespace seawall::crash {

/// An id below the highest one of its producer is a duplicate.
Outcome by_highest_id(ModelClient& client, const ModelOperation& operation);
/// A duplicate is applied again.
Outcome applying_duplicates(ModelClient& client, const ModelOperation& operation);
/// A clear keeps the ids of the life it ends.
Outcome remembering_ids_across_lives(ModelClient& client, const ModelOperation& operation);
/// A client that was ended lives on.
Outcome reviving_ended_clients(ModelClient& client, const ModelOperation& operation);
/// The key of a clear is forgotten with the next life.
Outcome forgetting_keys_of_clears(ModelClient& client, const ModelOperation& operation);
/// The key of a clear that keeps ids is forgotten by the next plain clear.
Outcome forgetting_keys_of_ends(ModelClient& client, const ModelOperation& operation);
/// An id that comes twice is forgotten.
Outcome forgetting_what_came_twice(ModelClient& client, const ModelOperation& operation);

}  // namespace seawall::crash
