// SPDX-License-Identifier: LGPL-2.1-or-later
// The directory of locks and records, shared by the daemon's own user and by root.
#include <wgnl/reconcile.hpp>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wgnl/client.hpp>

#include "base/io.hpp"
#include "values/device_name.hpp"

namespace wgnl {
namespace {

constexpr std::string_view record_suffix = ".json";
/// Of the folders of single namespaces.
constexpr std::string_view namespace_prefix = "netns-";
constexpr mode_t file_mode = 0600;
/// A record of the most peers a device can have, with room to spare.
constexpr std::size_t largest_record = std::size_t{1} << 30;

std::unexpected<Error> failed(std::string operation) {
    return std::unexpected(Error::from_errno(errno, std::move(operation)));
}

std::unexpected<Error> distrusted(const std::filesystem::path& path, std::string_view why) {
    return fail(Errc::protocol, "open directory " + path.string(),
                std::string(why) + "; remove it, its records are not used");
}

/// The folder of a namespace lies in one of the daemon's user: that user may put there what it
/// likes, and root is not to follow it out of there. Every file is opened from here.
Result<UniqueFd> open_directory(const std::filesystem::path& path) {
    UniqueFd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (directory.get() < 0 && (errno == ELOOP || errno == ENOTDIR))
        return distrusted(path, "it is a symbolic link, or no directory");
    struct stat own{};
    struct stat above{};
    if (directory.get() < 0 || fstat(directory.get(), &own) != 0 ||
        fstatat(directory.get(), "..", &above, AT_SYMLINK_NOFOLLOW) != 0) {
        return failed("open directory " + path.string());
    }
    // Root alone gives folders away, and so puts them where nobody else can.
    const bool is_given = above.st_uid == 0;
    if (!is_given && own.st_uid != 0 && own.st_uid != geteuid() && own.st_uid != above.st_uid)
        return distrusted(path, "it belongs to another user");
    return directory;
}

Result<UniqueFd> make_directory(const std::filesystem::path& path) {
    const auto make = [](const std::filesystem::path& folder) {
        return mkdir(folder.c_str(), 0755) == 0 || errno == EEXIST;
    };
    // A namespace's own may come before /run/wgnl itself.
    if (!make(path) && !(errno == ENOENT && make(path.parent_path()) && make(path)))
        return failed("create directory " + path.string());
    return open_directory(path);
}

/// Nothing was ever stored.
bool is_missing(const Error& error) { return error.errnum() == ENOENT; }

/// Root's one-shot command must not lock the daemon's user out of its own directory. Only for files
/// that we have just created: nobody can have put another's file in their place.
Result<void> hand_to_owner(int directory, int file) {
    struct stat status{};
    if (geteuid() != 0)
        return {};
    if (fstat(directory, &status) != 0 || fchown(file, status.st_uid, status.st_gid) != 0)
        return failed("hand a file of the record directory to the directory's owner");
    return {};
}

Result<UniqueFd> create_file(int directory, const std::string& name) {
    UniqueFd file(openat(directory, name.c_str(),
                         O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file_mode));
    if (file.get() < 0)
        return failed("create " + name);
    if (auto handed = hand_to_owner(directory, file.get()); !handed)
        return std::unexpected(std::move(handed).error());
    return file;
}

Result<UniqueFd> open_lock_file(int directory, const std::string& name) {
    if (auto created = create_file(directory, name); created || created.error().errnum() != EEXIST)
        return created;
    UniqueFd file(openat(directory, name.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    if (file.get() < 0)
        return failed("open " + name);
    return file;
}

/// Absent if there is no such file. Never waits on a pipe that somebody put there.
Result<std::optional<SecretText>> read_file(int directory, const std::string& name) {
    const auto operation = "read " + name;
    const UniqueFd file(
        openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file.get() < 0 && errno == ENOENT)
        return std::nullopt;
    if (file.get() < 0 && errno == ELOOP)
        return fail(Errc::protocol, operation, "it is a symbolic link");
    struct stat status{};
    if (file.get() < 0 || fstat(file.get(), &status) != 0)
        return failed(operation);
    if (!S_ISREG(status.st_mode) || static_cast<std::size_t>(status.st_size) > largest_record)
        return fail(Errc::protocol, operation, "it is no regular file of a record's size");
    return read_all(file.get(), operation, largest_record);
}

Result<void> replace_file(int directory, const std::string& name, std::string_view text) {
    const auto aside = name + ".new";
    if (unlinkat(directory, aside.c_str(), 0) != 0 && errno != ENOENT)
        return failed("remove " + aside);
    auto file = create_file(directory, aside);
    if (!file)
        return std::unexpected(std::move(file).error());
    if (auto written = write_all(file->get(), text, "write " + aside); !written)
        return written;
    if (renameat(directory, aside.c_str(), directory, name.c_str()) != 0)
        return failed("rename " + aside);
    return {};
}

std::string record_name(std::string_view device) { return std::string(device) += record_suffix; }

struct DirectoryCloser {
    void operator()(DIR* directory) const noexcept { closedir(directory); }
};

/// The device whose record a file is, or empty.
std::string device_of(std::string_view file) {
    if (!file.ends_with(record_suffix))
        return {};
    file.remove_suffix(record_suffix.size());
    return check_link_name(file) ? std::string(file) : std::string();
}

Result<std::optional<Record>> record_from(std::string_view text, std::string_view device) {
    auto record = parse_record(text);
    if (!record)
        return std::unexpected(std::move(record).error());
    if (record->device != device) {
        return fail(Errc::protocol, "read " + record_name(device),
                    "it is the record of another device");
    }
    return *std::move(record);
}

} // namespace

RecordStore::RecordStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

Result<RecordStore> RecordStore::of(const std::optional<Namespace>& where,
                                    const std::filesystem::path& directory) {
    const auto current = Namespace::current();
    const auto here = where ? Result<Namespace>(*where) : current;
    const auto of_init = Namespace::open("/proc/1/ns/net");
    const auto& first = of_init ? of_init : current;
    if (!here || !first || *here == *first)
        return RecordStore(directory);
    const auto id = here->id();
    if (!id)
        return std::unexpected(id.error());
    return RecordStore(directory / (std::string(namespace_prefix) + std::to_string(*id)));
}

Result<RecordStore> RecordStore::beside(const Client& client) const {
    const bool named = directory_.filename().string().starts_with(namespace_prefix);
    const bool follows = client.home() || directory_ == RecordStore().directory_;
    return follows && !named ? of(client.home(), directory_) : *this;
}

RecordStore::Lock::~Lock() { const UniqueFd ends(fd_); }

Result<RecordStore::Lock> RecordStore::lock(std::string_view device) const {
    return take_lock(device, LOCK_EX);
}

Result<RecordStore::Lock> RecordStore::try_lock(std::string_view device) const {
    auto lock = take_lock(device, LOCK_EX | LOCK_NB);
    if (lock || lock.error().errnum() != EWOULDBLOCK)
        return lock;
    return fail(Errc::system, lock.error().operation(),
                "another program is changing that device: try again", EWOULDBLOCK);
}

Result<RecordStore::Lock> RecordStore::take_lock(std::string_view device, int how) const {
    if (auto usable = check_link_name(device); !usable)
        return std::unexpected(std::move(usable).error());
    auto directory = make_directory(directory_);
    if (!directory)
        return std::unexpected(std::move(directory).error());
    auto file = open_lock_file(directory->get(), std::string(device) + ".lock");
    if (!file)
        return std::unexpected(std::move(file).error());
    while (flock(file->get(), how) != 0)
        if (errno != EINTR)
            return failed("lock " + std::string(device));
    return Lock(file->release());
}

Result<std::optional<Record>> RecordStore::load(std::string_view device) const {
    if (auto usable = check_link_name(device); !usable)
        return std::unexpected(std::move(usable).error());
    auto directory = open_directory(directory_);
    if (!directory) {
        return is_missing(directory.error()) ? Result<std::optional<Record>>(std::nullopt)
                                             : std::unexpected(std::move(directory).error());
    }
    auto text = read_file(directory->get(), record_name(device));
    if (!text)
        return std::unexpected(std::move(text).error());
    return *text ? record_from((*text)->view(), device) : std::nullopt;
}

Result<void> RecordStore::save(const Record& record) const {
    if (auto usable = check_link_name(record.device); !usable)
        return usable;
    auto directory = make_directory(directory_);
    if (!directory)
        return std::unexpected(std::move(directory).error());
    return replace_file(directory->get(), record_name(record.device), to_json(record));
}

Result<void> RecordStore::erase(std::string_view device) const {
    if (auto usable = check_link_name(device); !usable)
        return usable;
    const auto directory = open_directory(directory_);
    if (!directory)
        return is_missing(directory.error()) ? Result<void>() : std::unexpected(directory.error());
    const auto name = record_name(device);
    if (unlinkat(directory->get(), name.c_str(), 0) != 0 && errno != ENOENT)
        return failed("remove " + (directory_ / name).string());
    return {};
}

Result<std::vector<std::string>> RecordStore::devices() const {
    auto directory = open_directory(directory_);
    if (!directory) {
        return is_missing(directory.error()) ? Result<std::vector<std::string>>()
                                             : std::unexpected(directory.error());
    }
    const std::unique_ptr<DIR, DirectoryCloser> entries(fdopendir(directory->get()));
    if (!entries)
        return failed("list " + directory_.string());
    (void)directory->release(); // it is the stream's
    std::vector<std::string> devices;
    errno = 0; // readdir() tells the end and a failure apart by it alone
    while (const auto* entry = readdir(entries.get())) {
        if (auto device = device_of(entry->d_name); !device.empty())
            devices.push_back(std::move(device));
        errno = 0;
    }
    if (errno != 0)
        return failed("list " + directory_.string());
    std::ranges::sort(devices);
    return devices;
}

} // namespace wgnl
