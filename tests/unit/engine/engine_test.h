#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "seawall/consumer_state_interpreter.h"
#include "seawall/file_system_storage.h"
#include "seawall/memory_storage.h"
#include "seawall/write_ahead_log.h"

namespace seawall {

/// A log in memory, or, with the parameter true, in real files.
class EngineTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      std::string dir = testing::TempDir() + "seawall-XXXXXX";
      ASSERT_NE(mkdtemp(dir.data()), nullptr);
      base_dir_ = dir;
      storage_ = std::make_shared<FileSystemStorage>();
    } else {
      storage_ = std::make_shared<MemoryStorage>();
    }
    reopen();
  }

  void TearDown() override {
    log_.reset();
    if (!base_dir_.empty()) std::filesystem::remove_all(base_dir_);
  }

  void reopen(const Options& options = {}) {
    if (log_) {
      const auto closed = log_->close();
      ASSERT_TRUE(closed) << to_string(closed.error());
    }
    log_.reset();
    auto opened = WriteAheadLog::open(interpreter_, storage_, "service", base_dir_, options);
    ASSERT_TRUE(opened) << to_string(opened.error());
    log_ = std::move(*opened);
  }

  Outcome persist(std::string_view client, std::string_view data, const BatchId& id,
                  std::string_view producer = {}) {
    const auto receipt = log_->persist(client, data, id, producer);
    EXPECT_TRUE(receipt) << to_string(receipt.error());
    if (!receipt) return {};
    EXPECT_LE(receipt->lsn, log_->durable_lsn());
    return receipt->outcome;
  }

  std::string state(std::string_view client) {
    const auto state = log_->retrieve(client);
    EXPECT_TRUE(state) << to_string(state.error());
    return state && *state ? **state : "none";
  }

  std::string base_dir_;
  std::shared_ptr<StorageInterface> storage_;
  std::shared_ptr<ConsumerStateInterpreter> interpreter_ =
      std::make_shared<ConsumerStateInterpreter>();
  std::unique_ptr<WriteAheadLog> log_;
};

}  // namespace seawall
