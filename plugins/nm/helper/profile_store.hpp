// SPDX-License-Identifier: LGPL-2.1-or-later
// Profiles that NetworkManager stores, asked for on D-Bus as whoever runs this. Nothing is changed.
#pragma once

#include <string>
#include <vector>

#include <NetworkManager.h>

#include <wgnl/error.hpp>

#include "nm/profile/glib.hpp"

namespace wgnl::nm {

struct KnownProfile {
    std::string path{}; ///< of its object
    ObjectPtr<NMConnection> profile{};
};

class ProfileStore {
public:
    /// not_found if it does not run.
    static Result<ProfileStore> connect();

    /// 1042 for 1.42.4; 0 if that cannot be told.
    unsigned version() const;
    /// All WireGuard profiles that the caller may see, without secrets.
    Result<std::vector<KnownProfile>> profiles() const;
    /// Adds the secrets to it; permission_denied if the caller may not have them.
    Result<void> add_secrets(const KnownProfile& known) const;

private:
    explicit ProfileStore(ObjectPtr<GDBusConnection> bus) : bus_(std::move(bus)) {}

    Result<VariantPtr> call(const std::string& path, const char* interface, const char* method,
                            GVariant* arguments, const char* type) const;

    ObjectPtr<GDBusConnection> bus_;
};

/// The one with that UUID, or else the only one with that id. not_found, naming those with names
/// like it; invalid_argument, naming their UUIDs, if there are several.
Result<const KnownProfile*> find_profile(const std::vector<KnownProfile>& profiles,
                                         const std::string& name);

} // namespace wgnl::nm
