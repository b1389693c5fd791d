// SPDX-License-Identifier: LGPL-2.1-or-later
// The snapshot's members have the names and meanings of the properties: they are read as such, one
// peer after the other, so that a document of many takes no more room than its views.
#include "bus_value.hpp"

#include <utility>

#include "base/json_text.hpp"

namespace wgnl::cli {
namespace {

using json::Scalar;

Value value_of(const Scalar& scalar) {
    switch (scalar.kind) {
    case Scalar::Kind::flag:
        return scalar.flag;
    case Scalar::Kind::number:
        return scalar.number;
    case Scalar::Kind::text:
        return std::string(scalar.text);
    case Scalar::Kind::null:
    case Scalar::Kind::other_number:
        break;
    }
    return {};
}

/// {"Peers": [{NAME: scalar, or [text, …], or [[text, text, text], …]}, …], …}; what else there is
/// belongs to a newer wgnld and is passed over.
class SnapshotReader : public json::Events {
public:
    bool scalar(const Scalar& value) override {
        if (passed_over_ > 0)
            return true;
        switch (level_) {
        case Level::outside:
            return false;
        case Level::peer:
            properties_.insert_or_assign(member_, value_of(value));
            break;
        case Level::list:
            texts_.emplace_back(value.text);
            break;
        case Level::row:
            row_.emplace_back(value.text);
            break;
        case Level::document:
        case Level::peers:
            break;
        }
        return true;
    }
    bool begin_object() override {
        if (enters(Level::outside, Level::document))
            return true;
        if (!enters(Level::peers, Level::peer))
            return pass_over();
        properties_.clear();
        return true;
    }
    bool begin_array() override {
        if (level_ == Level::document && member_ == "Peers" && enters(level_, Level::peers))
            has_peers_ = true;
        else if (enters(Level::peer, Level::list))
            begin_list();
        else if (enters(Level::list, Level::row))
            row_.clear();
        else
            return pass_over();
        return true;
    }
    bool name(std::string_view member) override {
        if (passed_over_ == 0)
            member_ = member;
        return true;
    }
    bool end_object() override {
        if (ends_passed_over())
            return true;
        if (level_ == Level::peer)
            views_.push_back(peer_of(properties_));
        level_ = level_ == Level::peer ? Level::peers : Level::outside;
        return true;
    }
    bool end_array() override {
        if (ends_passed_over())
            return true;
        if (level_ == Level::row)
            end_row();
        else if (level_ == Level::list)
            properties_.insert_or_assign(member_, member_ == "Problems" ? Value(std::move(triples_))
                                                                        : Value(std::move(texts_)));
        level_ = level_ == Level::row    ? Level::list
                 : level_ == Level::list ? Level::peer
                                         : Level::document;
        return true;
    }

    bool has_peers() const { return has_peers_; }
    std::vector<PeerView> take() { return std::move(views_); }

private:
    enum class Level : std::uint8_t { outside, document, peers, peer, list, row };
    /// More levels of what is passed over are nobody's document.
    static constexpr unsigned deepest = 64;

    bool enters(Level from, Level to) {
        if (passed_over_ > 0 || level_ != from)
            return false;
        level_ = to;
        return true;
    }
    bool pass_over() { return level_ != Level::outside && ++passed_over_ <= deepest; }
    bool ends_passed_over() { return passed_over_ > 0 && passed_over_-- > 0; }
    void begin_list() {
        texts_.clear();
        triples_.clear();
    }
    void end_row() {
        if (row_.size() == std::tuple_size_v<Triple>)
            triples_.push_back({std::move(row_[0]), std::move(row_[1]), std::move(row_[2])});
    }

    Level level_{Level::outside};
    unsigned passed_over_{}; ///< levels that were entered and mean nothing here
    bool has_peers_{false};
    std::string member_{};
    Properties properties_{}; ///< of the peer at hand
    std::vector<std::string> texts_{};
    std::vector<Triple> triples_{};
    std::vector<std::string> row_{};
    std::vector<PeerView> views_{};
};

} // namespace

Result<std::vector<PeerView>> peers_of_snapshot(std::string_view json) {
    SnapshotReader reader;
    if (!json::read_text(json, reader).complete || !reader.has_peers())
        return fail(Errc::protocol, "read a snapshot of wgnld", "it is not of the form known here");
    auto views = reader.take();
    sort_peers(views);
    return views;
}

} // namespace wgnl::cli
