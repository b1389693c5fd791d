// SPDX-License-Identifier: LGPL-2.1-or-later
// Notices changes of files and folders, also of such that do not exist yet.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/error.hpp>

#include "base/fd.hpp"
#include "networkd/files/files.hpp"

namespace wgnl::networkd {

/// An inotify descriptor over every folder on the way to a set of inputs, links followed, so that a
/// folder that appears or a link that is turned is seen as well as a file that is written.
class Watcher {
public:
    static Result<Watcher> open();

    /// Readable when something happened; then call drain().
    int fd() const noexcept { return inotify_.get(); }

    /// Watches for changes of exactly these. True if a folder is watched that was not before: what
    /// was read earlier may have changed unseen. system if the kernel has no watches left.
    Result<bool> watch(const Inputs& inputs);

    /// Folders that could not be watched (no permission to read them).
    const std::vector<std::string>& blind_spots() const noexcept { return blind_spots_; }

    /// Takes what happened; true if any of it concerns the inputs. Never waits.
    bool drain();

private:
    /// What matters in one folder.
    struct Interest {
        bool everything{false};
        std::set<std::string, std::less<>> names{};
    };
    using Interests = std::map<std::string, Interest>;

    explicit Watcher(UniqueFd inotify) : inotify_(std::move(inotify)) {}
    static void trace(const std::string& path, bool is_folder, Interests& interests);
    bool concerns(const char* bytes) const;

    UniqueFd inotify_;
    std::map<int, Interest> watched_{}; ///< by watch descriptor
    std::vector<std::string> blind_spots_{};
};

} // namespace wgnl::networkd
