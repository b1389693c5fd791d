// SPDX-License-Identifier: LGPL-2.1-or-later
// One thread, so that what is sent first is read first.
#include "document_intake.hpp"

#include "sd/memfd.hpp"

namespace wgnl::daemon {

namespace {

Result<Declaration> read_document(const Config& config, int fd) {
    const auto file = sd::SealedFile::map(fd, config.limits.bytes);
    if (!file)
        return std::unexpected(file.error());
    auto declaration = decode_document(file->bytes(), config.limits);
    if (!declaration)
        return declaration;
    return enforce(config, std::move(*declaration));
}

} // namespace

Result<std::unique_ptr<DocumentIntake>> DocumentIntake::start(sd_event* event) {
    std::unique_ptr<DocumentIntake> intake(new DocumentIntake());
    auto thread = Background::start(event, "wgnl-intake");
    if (!thread)
        return std::unexpected(thread.error());
    intake->thread_ = std::move(*thread);
    return intake;
}

void DocumentIntake::read(int fd, const Config& config, Taken taken) {
    ++documents_;
    enqueue([fd, &config] { return read_document(config, fd); },
            [this, taken = std::move(taken)](Result<Declaration> declaration) {
                --documents_;
                taken(std::move(declaration));
            });
}

void DocumentIntake::in_order(std::function<void()> action) {
    if (waiting_.empty())
        return action();
    const auto nothing = [] { return Result<Declaration>(Declaration{}); };
    enqueue(nothing, [action = std::move(action)](const auto&) { action(); });
}

void DocumentIntake::enqueue(std::function<Result<Declaration>()> read, Taken taken) {
    waiting_.push_back(std::move(taken));
    thread_->submit([this, read = std::move(read)]() -> Background::Completion {
        auto declaration = std::make_shared<Result<Declaration>>(read());
        return [this, declaration] { finish(std::move(*declaration)); };
    });
}

void DocumentIntake::finish(Result<Declaration> declaration) {
    const auto taken = std::move(waiting_.front());
    waiting_.pop_front();
    taken(std::move(declaration));
}

} // namespace wgnl::daemon
