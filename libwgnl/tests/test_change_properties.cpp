// SPDX-License-Identifier: LGPL-2.1-or-later
// Property: however a change is cut into messages, the device ends as if it had been done at once.
#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "change_model.hpp"
#include "client/kernel_backend.hpp"
#include "codec/device_encoder.hpp"
#include "fake_kernel.hpp"
#include "set_view.hpp"

namespace wgnl {
namespace {

using tests::FakeKernel;
using tests::Model;

BatchLimits any_limits() {
    return {.new_or_removed_peers = static_cast<std::size_t>(*rc::gen::inRange(0, 12)),
            .bytes = static_cast<std::size_t>(*rc::gen::element(0, 512, 600, 1000, 5000, 100'000))};
}

void check_messages(const FakeKernel& kernel, const BatchLimits& limits) {
    for (const auto& record : kernel.sets()) {
        RC_ASSERT(record.bytes.size() <= std::max(limits.bytes, smallest_limits.bytes));
        RC_ASSERT(record.created + record.removed <=
                  std::max(limits.new_or_removed_peers, smallest_limits.new_or_removed_peers));
        const auto view = tests::view_set(record.bytes);
        RC_ASSERT(!view.has_flags);
        for (const auto& peer : view.peers)
            RC_ASSERT((peer.flags & WGPEER_F_REPLACE_ALLOWEDIPS) == 0U);
    }
}

/// Two changes, one after the other, so that the second meets a device that is full already.
void check_changes(const FakeKernel::Features& features) {
    FakeKernel kernel(features);
    kernel.create("wg0", 5);
    KernelBackend backend(kernel.transport());
    Model model;
    for (int round = 0; round < 2; ++round) {
        const DeviceChange change = tests::any_change(model);
        const BatchLimits limits = any_limits();
        RC_LOG() << tests::describe(change);
        model.apply(change);
        const auto done = backend.set("wg0", change, limits);
        RC_ASSERT(done.has_value());
        check_messages(kernel, limits);
        const auto device = backend.get("wg0");
        RC_ASSERT(device.has_value());
        RC_ASSERT(Model::of(*device) == model);
        kernel.forget_sets();
    }
}

RC_GTEST_PROP(AnyChange, EndsTheSameHoweverItIsCut, ()) {
    check_changes({.removes_by_flag = true});
}

RC_GTEST_PROP(AnyChange, EndsTheSameWithThrowAwayPeers, ()) {
    check_changes({.removes_by_flag = false, .dump_bytes = 700});
}

RC_GTEST_PROP(AnyChange, NothingButItselfIsSentForAnEmptyOne, (std::size_t bytes)) {
    FakeKernel kernel;
    kernel.create("wg0", 5);
    KernelBackend backend(kernel.transport());

    RC_ASSERT(backend.set("wg0", {}, {.bytes = bytes}).has_value());
    RC_ASSERT(kernel.sets().empty());
}

} // namespace
} // namespace wgnl
