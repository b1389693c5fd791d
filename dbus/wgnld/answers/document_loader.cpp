// SPDX-License-Identifier: LGPL-2.1-or-later
// One thread, so that what is sent first is read first.
#include "document_loader.hpp"

#include <vector>

#include <pwd.h>

#include <wgnl/text.hpp>

#include "base/memfd.hpp"
#include "control/limits.hpp"

namespace wgnl::daemon {

namespace {

using Document = DocumentLoader::Document;

/// The ids of these users. One that is not known here sees nothing. The directory that knows users
/// may be slow, so that this is no work for the bus thread.
std::vector<uid_t> users_of(const std::vector<std::string>& names) {
    constexpr std::size_t largest_entry = 16384;
    std::vector<char> room(largest_entry);
    std::vector<uid_t> users;
    for (const auto& name : names) {
        passwd entry{};
        passwd* found = nullptr;
        if (getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found) == 0 && found)
            users.push_back(found->pw_uid);
    }
    return users;
}

Result<Document> read_document(const Config& config, int fd, const DocumentLoader::Sender& sender) {
    const auto file = SealedFile::map(fd, config.limits.bytes);
    if (!file)
        return std::unexpected(file.error());
    auto decoded = decode_document(file->bytes(), config.limits);
    if (decoded)
        decoded = enforce(config, std::move(*decoded));
    if (!decoded)
        return std::unexpected(decoded.error());
    hide_keys(*decoded);
    auto summary = summary_of(*decoded, std::string(to_string(sender.source)), sender.origin);
    summary.viewers = users_of(decoded->viewers);
    const auto covered = coverage_of(*decoded);
    return Document{std::make_shared<const Declaration>(std::move(*decoded)), std::move(summary),
                    covered};
}

} // namespace

Result<std::unique_ptr<DocumentLoader>> DocumentLoader::start(sd_event* event) {
    std::unique_ptr<DocumentLoader> loader(new DocumentLoader());
    auto thread = Background::start(event, "wgnl-intake");
    if (!thread)
        return std::unexpected(thread.error());
    loader->thread_ = std::move(*thread);
    return loader;
}

void DocumentLoader::read(int fd, const Config& config, Sender sender, Taken taken) {
    ++documents_;
    enqueue([fd, &config, sender = std::move(sender)] { return read_document(config, fd, sender); },
            [this, taken = std::move(taken)](Result<Document> document) {
                --documents_;
                taken(std::move(document));
            });
}

void DocumentLoader::in_order(std::function<void()> action) {
    if (waiting_.empty())
        return action();
    const auto nothing = [] { return Result<Document>(Document{}); };
    enqueue(nothing, [action = std::move(action)](const auto&) { action(); });
}

void DocumentLoader::enqueue(std::function<Result<Document>()> read, Taken taken) {
    waiting_.push_back(std::move(taken));
    thread_->submit([this, read = std::move(read)]() -> Background::Completion {
        auto document = std::make_shared<Result<Document>>(read());
        return [this, document] { finish(std::move(*document)); };
    });
}

void DocumentLoader::finish(Result<Document> document) {
    const auto taken = std::move(waiting_.front());
    waiting_.pop_front();
    taken(std::move(document));
}

} // namespace wgnl::daemon
