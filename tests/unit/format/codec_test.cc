// Every codec: what was written is read back, and no single flipped bit goes unnoticed.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "seawall/types.h"

#include "format/checkpoint.h"
#include "format/group.h"
#include "format/manifest.h"
#include "format/record.h"

namespace seawall::format {
namespace {

constexpr LogId kLogId = {std::byte{1}, std::byte{2}, std::byte{3}};

std::string flipped(std::string bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  return bytes;
}

struct Group {
  GroupHeader header;
  std::string bytes;
};

Group make_group(const std::vector<std::string>& payloads) {
  Group group;
  group.bytes.assign(kGroupHeaderBytes, '\0');
  for (const std::string& payload : payloads) put_frame(group.bytes, payload);
  group.header.log_id = kLogId;
  group.header.epoch = Epoch{3};
  group.header.group_number = 7;
  group.header.first_lsn = Lsn{20};
  group.header.durable = Lsn{19};
  group.header.time = {
      .wall_us = 1'700'000'000'000'000, .retention_us = 1'600'000'000'000'000, .uptime_s = 77};
  group.header.previous_checksum = 0xABCD;
  group.header.interpreter_fingerprint = 0x1234;
  group.header = seal_group(group.header, group.bytes);
  return group;
}

bool group_holds(const std::string& bytes, const GroupHeader& expected) {
  const auto header = decode_group_header(bytes);
  return header && header->checksum == expected.checksum &&
         frames_valid(*header, std::string_view(bytes).substr(kGroupHeaderBytes));
}

TEST(Group, RoundTrip) {
  const Group group = make_group({"one", "", "three"});
  const auto header = decode_group_header(group.bytes);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->records, 3U);
  EXPECT_EQ(header->end_lsn(), Lsn{23});
  EXPECT_EQ(header->group_bytes(), group.bytes.size());
  EXPECT_EQ(header->epoch, Epoch{3});
  EXPECT_EQ(header->time.wall_us, group.header.time.wall_us);
  EXPECT_EQ(header->time.retention_us, group.header.time.retention_us);
  EXPECT_EQ(header->time.uptime_s, 77U);
  EXPECT_EQ(header->interpreter_fingerprint, 0x1234U);
  ASSERT_TRUE(group_holds(group.bytes, group.header));
  FrameWalk walk(std::string_view(group.bytes).substr(kGroupHeaderBytes));
  EXPECT_EQ(walk.next(), "one");
  EXPECT_EQ(walk.next(), "");
  EXPECT_EQ(walk.next(), "three");
  EXPECT_TRUE(walk.done());
}

TEST(Group, EveryFlippedBitIsNoticed) {
  const Group group = make_group({"first", "second record"});
  for (std::size_t bit = 0; bit < group.bytes.size() * 8; ++bit) {
    EXPECT_FALSE(group_holds(flipped(group.bytes, bit), group.header)) << "bit " << bit;
  }
}

TEST(Group, EveryTruncationIsNoticed) {
  const Group group = make_group({"first", "second record"});
  for (std::size_t bytes = 0; bytes < group.bytes.size(); ++bytes) {
    EXPECT_FALSE(group_holds(group.bytes.substr(0, bytes), group.header)) << bytes;
  }
}

TEST(Group, FramesSwappedBetweenSoundGroupsAreNoticed) {
  const Group one = make_group({"aaaa", "bbbb"});
  const Group two = make_group({"bbbb", "aaaa"});
  const std::string mixed =
      one.bytes.substr(0, kGroupHeaderBytes) + two.bytes.substr(kGroupHeaderBytes);
  EXPECT_FALSE(group_holds(mixed, one.header));
}

RecordView sample_record() {
  RecordView record;
  record.interpreter_version = 4;
  record.keys = {{"client", "producer", BatchId(5)}, {"b", "", BatchId("text")}, {"c", "", {}}};
  record.operations = {{OperationKind::kApply, 0, "delta"},
                       {OperationKind::kClearKeepIds, 1, {}},
                       {OperationKind::kClear, 2, {}}};
  return record;
}

TEST(Record, RoundTrip) {
  const RecordView record = sample_record();
  std::string bytes;
  put_record(bytes, record);
  EXPECT_LE(bytes.size(), record_bytes_bound(record));
  RecordView read;
  ASSERT_TRUE(decode_record(bytes, read));
  EXPECT_EQ(read.interpreter_version, 4U);
  ASSERT_EQ(read.keys.size(), 3U);
  EXPECT_EQ(read.keys[0].producer, "producer");
  EXPECT_EQ(read.keys[1].id, BatchId("text"));
  EXPECT_TRUE(read.keys[2].id.is_none());
  ASSERT_EQ(read.operations.size(), 3U);
  EXPECT_EQ(read.operations[0].delta, "delta");
  EXPECT_EQ(read.operations[1].kind, OperationKind::kClearKeepIds);
}

TEST(Record, TruncatedOrLongerIsRefused) {
  std::string bytes;
  put_record(bytes, sample_record());
  RecordView read;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_record(std::string_view(bytes).substr(0, length), read)) << length;
  }
  EXPECT_FALSE(decode_record(bytes + '\0', read));
}

TEST(Record, ReservedOperationsAreOfANewerVersion) {
  std::string bytes;
  put_record(bytes, {1, {{"c", "", BatchId(1)}}, {{OperationKind::kApply, 0, "x"}}});
  const std::size_t kind_at = bytes.size() - 4;
  for (const char kind : {4, 5, 6}) {
    bytes[kind_at] = kind;
    RecordView read;
    EXPECT_EQ(decode_record(bytes, read).error(), GroupFault::kUnsupported);
  }
}

RC_GTEST_PROP(Record, ArbitraryBytesNeverCrash, (const std::string& bytes)) {
  RecordView read;
  static_cast<void>(decode_record('\x01' + bytes, read).has_value());
}

TEST(Manifest, RoundTripAndEveryFlippedBit) {
  const Manifest manifest{"json", 9, {{2, 1000, 0xAA}, {8, 70, 0xBB}}};
  const std::string bytes = encode_manifest(manifest);
  const auto read = decode_manifest(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->interpreter_id, "json");
  EXPECT_EQ(read->next_object, 9U);
  ASSERT_EQ(read->objects.size(), 2U);
  EXPECT_EQ(read->objects[1].number, 8U);
  EXPECT_EQ(read->objects[1].footer_checksum, 0xBBU);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    EXPECT_FALSE(decode_manifest(flipped(bytes, bit))) << "bit " << bit;
  }
}

class CheckpointObject : public testing::Test {
 protected:
  void SetUp() override {
    CheckpointBuilder builder(kLogId, 6);
    CheckpointEntry entry;
    entry.client = "alice";
    entry.up_to = Lsn{30};
    entry.last = Lsn{30};
    entry.incarnation = Lsn{4};
    entry.ids = "IDS";
    CheckpointBody body;
    body.base_version = 2;
    body.base = "base state";
    body.deltas = {{Lsn{29}, 2, "d1"}, {Lsn{30}, 3, "d2"}};
    places_.push_back(builder.add(entry, &body));
    entry = {};
    entry.client = "bob";
    entry.tombstone = true;
    entry.clear_ids = "CLEAR";
    builder.add(entry, nullptr);
    entry = {};
    entry.client = "carol";
    entry.base = {3, 64, 10};
    body = {};
    body.deltas = {{Lsn{31}, 1, "only delta"}};
    places_.push_back(builder.add(entry, &body));
    bytes_ = builder.finish(footer_);
  }

  /// Reads everything; false when anything does not hold.
  static bool holds(std::string_view bytes, const CheckpointFooter& expected,
                    std::vector<CheckpointEntry>* entries = nullptr) {
    if (!check_checkpoint_header(bytes.substr(0, kCheckpointHeaderBytes), kLogId, 6)) return false;
    const auto footer =
        decode_checkpoint_footer(bytes.substr(bytes.size() - kCheckpointFooterBytes), bytes.size());
    if (!footer || footer->checksum != expected.checksum) return false;
    IndexWalk walk(bytes.substr(footer->index_offset, footer->index_bytes), *footer);
    CheckpointEntry entry;
    while (walk.next(entry)) {
      if (entries != nullptr) entries->push_back(entry);
      if (entry.body.object == 0) continue;
      const std::string_view body = bytes.substr(entry.body.offset, entry.body.length);
      if (!decode_checkpoint_body(body, kLogId, entry.client, entry.body)) return false;
    }
    return walk.ok();
  }

  std::string bytes_;
  CheckpointFooter footer_;
  std::vector<BodyPlace> places_;
};

TEST_F(CheckpointObject, RoundTrip) {
  std::vector<CheckpointEntry> entries;
  ASSERT_TRUE(holds(bytes_, footer_, &entries));
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].client, "alice");
  EXPECT_EQ(entries[0].ids, "IDS");
  EXPECT_EQ(entries[0].incarnation, Lsn{4});
  EXPECT_TRUE(entries[1].tombstone);
  EXPECT_EQ(entries[1].clear_ids, "CLEAR");
  EXPECT_EQ(entries[2].base, (BodyPlace{3, 64, 10}));
  const auto body =
      decode_checkpoint_body(std::string_view(bytes_).substr(places_[0].offset, places_[0].length),
                             kLogId, "alice", places_[0]);
  ASSERT_TRUE(body);
  EXPECT_EQ(body->base, "base state");
  ASSERT_EQ(body->deltas.size(), 2U);
  EXPECT_EQ(body->deltas[1].version, 3U);
}

TEST_F(CheckpointObject, EveryFlippedBitIsNoticed) {
  for (std::size_t bit = 0; bit < bytes_.size() * 8; ++bit) {
    EXPECT_FALSE(holds(flipped(bytes_, bit), footer_)) << "bit " << bit;
  }
}

TEST_F(CheckpointObject, ASoundBodyInTheWrongPlaceIsNoticed) {
  const std::string_view body =
      std::string_view(bytes_).substr(places_[0].offset, places_[0].length);
  EXPECT_FALSE(decode_checkpoint_body(body, kLogId, "mallory", places_[0]));
  BodyPlace elsewhere = places_[0];
  ++elsewhere.object;
  EXPECT_FALSE(decode_checkpoint_body(body, kLogId, "alice", elsewhere));
  elsewhere = places_[0];
  elsewhere.offset += 64;
  EXPECT_FALSE(decode_checkpoint_body(body, kLogId, "alice", elsewhere));
  EXPECT_FALSE(decode_checkpoint_body(body, LogId{}, "alice", places_[0]));
}

}  // namespace
}  // namespace seawall::format
