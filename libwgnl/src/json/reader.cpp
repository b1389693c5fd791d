// SPDX-License-Identifier: LGPL-2.1-or-later
// The events of the text, carried to the places that the descriptions name.
#include "reader.hpp"

#include <algorithm>

#include <wgnl/text.hpp>

#include "values/keys.hpp"

namespace wgnl::json {

namespace {

/// An object or array that has begun and not ended.
struct Frame {
    Slot slot;
    std::string_view member{}; ///< of an object: the one being read
    std::size_t elements{};    ///< of an array: begun so far
    std::uint32_t seen{};      ///< of an object: a bit for each member that came
};

/// Puts each value where it belongs. Depth is bounded by the descriptions, because nothing that
/// they do not name is entered.
class Handler final : public Events {
public:
    Handler(Slot root, KeySource& keys, const ArrayLimits& limits)
        : next_(root), keys_(keys), limits_(limits) {}

    bool scalar(const Scalar& value) override;
    bool begin_object() override {
        return place() && (next_.type->member != nullptr ? enter() : misplaced("an object"));
    }
    bool begin_array() override {
        return place() && (next_.type->element != nullptr ? enter() : misplaced("an array"));
    }
    bool name(std::string_view name) override;
    bool end_object() override;
    bool end_array() override;

    const Complaint& complaint() const { return complaint_; }

private:
    bool complain(std::string_view why);
    bool place();
    bool enter();
    bool misplaced(std::string_view kind);
    std::string path() const;

    std::vector<Frame> frames_;
    Slot next_; ///< where the next value goes
    KeySource& keys_;
    const ArrayLimits& limits_;
    Complaint complaint_;
};

std::string Handler::path() const {
    std::string path;
    for (const auto& frame : frames_) {
        if (frame.slot.type->element != nullptr) {
            path += fmt::format("[{}]", frame.elements - 1);
        } else if (!frame.member.empty()) {
            path += path.empty() ? "" : ".";
            path += frame.member;
        }
    }
    return path;
}

bool Handler::complain(std::string_view why) {
    const auto where = path();
    complaint_ = fmt::format("{}{}{}", where.empty() ? "the document" : where,
                             why.starts_with("is ") || why.starts_with("has ") ? " " : ": ", why);
    return false;
}

/// Inside an array every value needs a new place.
bool Handler::place() {
    if (frames_.empty() || frames_.back().slot.type->element == nullptr)
        return true;
    auto& frame = frames_.back();
    ++frame.elements;
    const auto slot = frame.slot.type->element(frame.slot.target, limits_);
    if (!slot)
        return complain("is one more than this array may hold");
    next_ = *slot;
    return true;
}

bool Handler::scalar(const Scalar& value) {
    if (!place())
        return false;
    if (next_.type->assign == nullptr)
        return complain(next_.type->member != nullptr ? "is not an object" : "is not an array");
    const auto complaint = next_.type->assign(next_.target, value, keys_);
    return complaint ? complain(*complaint) : true;
}

bool Handler::enter() {
    frames_.push_back({.slot = next_});
    return true;
}

bool Handler::misplaced(std::string_view kind) {
    return complain(fmt::format("is {}, which does not belong here", kind));
}

bool Handler::name(std::string_view name) {
    auto& frame = frames_.back();
    frame.member = {};
    const auto member = frame.slot.type->member(frame.slot.target, name);
    if (!member)
        return complain(fmt::format("has an unknown member \"{}\"", excerpt(name)));
    const auto bit = std::uint32_t{1} << member->number;
    if ((frame.seen & bit) != 0)
        return complain(fmt::format("has \"{}\" twice", member->name));
    frame.seen |= bit;
    frame.member = member->name;
    next_ = member->slot;
    return true;
}

bool Handler::end_object() {
    auto& frame = frames_.back();
    frame.member = {};
    const auto missing = frame.slot.type->missing(frame.slot.target, frame.seen);
    if (!missing.empty())
        return complain(fmt::format("has no \"{}\"", missing));
    frames_.pop_back();
    return true;
}

bool Handler::end_array() {
    frames_.pop_back();
    return true;
}

std::string line_and_column(std::string_view text, std::size_t position) {
    const auto before = text.substr(0, position);
    const auto line = 1 + std::ranges::count(before, '\n');
    const auto column = before.size() - (before.rfind('\n') + 1) + 1; // npos + 1 is 0
    return fmt::format("line {}, column {}", line, column);
}

std::unexpected<Error> refuse(std::string_view operation, std::string detail) {
    return fail(Errc::invalid_argument, std::string(operation), std::move(detail));
}

} // namespace

Complaint wrong_type(std::string_view wanted) { return fmt::format("is not {}", wanted); }

Complaint Base64Keys::read(const Scalar& value, KeyBytes& key) {
    return value.kind == Scalar::Kind::text ? read_key_text(value.text, key)
                                            : wrong_type("a key in base64");
}

Complaint assign(std::string& out, const Scalar& value, KeySource&) {
    if (value.kind != Scalar::Kind::text)
        return wrong_type("a string");
    if (!is_printable(value.text))
        return "has a character that may not be shown";
    out = value.text;
    return std::nullopt;
}

Complaint assign(bool& out, const Scalar& value, KeySource&) {
    if (value.kind != Scalar::Kind::flag)
        return wrong_type("true or false");
    out = value.flag;
    return std::nullopt;
}

Complaint assign(PublicKey& out, const Scalar& value, KeySource& keys) {
    KeyBytes bytes{};
    if (auto complaint = keys.read(value, bytes))
        return complaint;
    out = PublicKey(bytes);
    return std::nullopt;
}

Result<void> read(std::string_view json, Slot root, KeySource& keys, const ArrayLimits& limits,
                  std::string_view operation) {
    Handler handler(root, keys, limits);
    const auto [complete, position] = read_text(json, handler);
    if (complete)
        return {};
    if (handler.complaint())
        return refuse(operation, *handler.complaint());
    return refuse(operation, line_and_column(json, position) + ": this is not JSON");
}

} // namespace wgnl::json
