// SPDX-License-Identifier: LGPL-2.1-or-later
// What of a peer's endpoint was its own word, and what somebody wrote over it.
#include "endpoint_memory.hpp"

#include "peer_model.hpp"

namespace wgnl::daemon {

namespace {

bool endpoint_changed(const EndpointMemory::Step& step) {
    return step.before->endpoint && step.after->endpoint &&
           step.before->endpoint != step.after->endpoint;
}

} // namespace

bool EndpointMemory::take(const Step& step, const DeclaredPeerInfo* declared, bool worked,
                          const Circumstance& now) {
    const bool written_over = is_written_over(step, declared, worked, now);
    note_roaming(step, now);
    if (written_over)
        memory_ = Remembered{*step.before->endpoint, true, step.after->endpoint};
    return written_over;
}

/// Whether somebody replaced an endpoint that works by the configured one. The kernel takes another
/// only from a packet that it received: without one it was written, as NetworkManager does to all
/// peers when the name of one is resolved anew. A name may have become another for a reason: only
/// an endpoint that was the peer's own word is better than what it says.
bool EndpointMemory::is_written_over(const Step& step, const DeclaredPeerInfo* declared,
                                     bool worked, const Circumstance& now) const {
    if (!step.before || !step.after || !declared || edited_ || now.sessions_void)
        return false;
    const bool silent = step.after->rx_bytes == step.before->rx_bytes;
    if (!worked || !silent || !endpoint_changed(step))
        return false;
    if (declared->named)
        return roamed_;
    const auto written = Endpoint::parse(declared->endpoint);
    return written && *written == *step.after->endpoint;
}

void EndpointMemory::note_roaming(const Step& step, const Circumstance& now) {
    edited_ = edited_ && !now.after_our_change;
    const bool restored =
        loss_ == Loss::restoring && step.after && step.after->endpoint == memory_->endpoint;
    if (!step.after || !step.before)
        roamed_ = false;
    else if (endpoint_changed(step))
        roamed_ = restored || step.after->rx_bytes > step.before->rx_bytes;
}

void EndpointMemory::lose() {
    if (memory_)
        memory_->instead_of.reset();
}

/// The endpoint of the last session outlives a reset: what the owner wrote since is not taken for
/// one before a handshake has come from it.
void EndpointMemory::remember(bool reset, const std::optional<PeerReading>& live, PeerState state) {
    if (reset) {
        loss_ = Loss::lost;
        return;
    }
    if (memory_ && memory_->instead_of && loss_ != Loss::none && live &&
        live->endpoint == memory_->instead_of)
        return;
    if (!live || !live->endpoint || live->endpoint->port == 0 ||
        (memory_ && live->last_handshake.count() == 0))
        return;
    memory_ = Remembered{*live->endpoint, state == PeerState::established};
}

std::optional<Remembered> EndpointMemory::begin_restore() {
    if (loss_ == Loss::none)
        return std::nullopt;
    loss_ = memory_ ? Loss::restoring : Loss::none;
    return memory_;
}

void EndpointMemory::end_restore(bool restored) {
    if (loss_ == Loss::restoring)
        loss_ = restored ? Loss::none : Loss::lost;
}

} // namespace wgnl::daemon
