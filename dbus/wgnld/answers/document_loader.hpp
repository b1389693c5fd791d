// SPDX-License-Identifier: LGPL-2.1-or-later
// Declarations on their way in: a document of 100,000 peers is read on a thread of its own, and
// taken in when its turn has come.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include <wgnl/declaration.hpp>

#include "control/limits.hpp"
#include "host/config.hpp"
#include "model/device_model.hpp"
#include "model/source.hpp"
#include "worker/background.hpp"

namespace wgnl::daemon {

class DocumentLoader {
public:
    /// Documents that wait at a time; each holds a descriptor.
    static constexpr std::size_t most = 256;
    /// What a document says.
    struct Document {
        std::shared_ptr<const Declaration> declaration{};
        DeclaredDevice summary{};
        Coverage covered{};
    };
    using Taken = std::function<void(Result<Document>)>;

    static Result<std::unique_ptr<DocumentLoader>> start(sd_event* event);
    DocumentLoader(const DocumentLoader&) = delete;
    DocumentLoader& operator=(const DocumentLoader&) = delete;

    bool full() const { return documents_ >= most; }
    /// Who declares.
    struct Sender {
        Source source{};
        std::string origin{};
    };
    /// Reads the sealed memory file, which `taken` keeps open, and enforces the limits; `taken` is
    /// called on the bus thread, in the order of the calls of this. `config` outlives this.
    void read(int fd, const Config& config, Sender sender, Taken taken);
    /// For other work that would hold up the bus.
    Background& thread() { return *thread_; }
    /// Does something after the documents that came before: at once if there are none.
    void in_order(std::function<void()> action);

private:
    DocumentLoader() = default;
    void enqueue(std::function<Result<Document>()> read, Taken taken);
    void finish(Result<Document> document);

    std::size_t documents_{};
    std::deque<Taken> waiting_{}; ///< of the bus thread alone: they hold messages
    std::unique_ptr<Background> thread_{};
};

} // namespace wgnl::daemon
