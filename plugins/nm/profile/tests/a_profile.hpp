// SPDX-License-Identifier: LGPL-2.1-or-later
// Profiles for tests, written as key files, which is how people see them.
#pragma once

#include <stdexcept>
#include <string>

#include <NetworkManager.h>

#include "nm/profile/glib.hpp"

namespace wgnl::nm::test {

inline constexpr const char* uuid = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d";
inline constexpr const char* private_text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
inline constexpr const char* preshared_text = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
inline constexpr const char* first_peer = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
inline constexpr const char* second_peer = "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=";
inline constexpr const char* third_peer = "Q0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0M=";

/// The head of every profile, with the name "My VPN" and the device wg0.
inline std::string head() {
    return std::string("[connection]\nid=My VPN\nuuid=") + uuid +
           "\ntype=wireguard\ninterface-name=wg0\n";
}

/// A profile from the text of a key file. Not verified, so that mistakes can be tested.
inline ObjectPtr<NMConnection> profile_from(const std::string& text) {
    ErrorSlot error;
    KeyFilePtr file(g_key_file_new());
    if (g_key_file_load_from_data(file.get(), text.c_str(), text.size(), G_KEY_FILE_NONE,
                                  error.out()) == 0)
        throw std::runtime_error(error.text());
    ObjectPtr<NMConnection> profile(nm_keyfile_read(file.get(), "/", NM_KEYFILE_HANDLER_FLAGS_NONE,
                                                    nullptr, nullptr, error.out()));
    if (!profile)
        throw std::runtime_error(error.text());
    return profile;
}

/// Head, [wireguard] with a private key and these lines, then the rest.
inline ObjectPtr<NMConnection> wireguard_profile(const std::string& lines,
                                                 const std::string& rest = {}) {
    return profile_from(head() + "[wireguard]\nprivate-key=" + private_text + "\n" + lines + rest);
}

/// "[wireguard-peer.KEY]" with these lines.
inline std::string peer(const std::string& key, const std::string& lines) {
    return "[wireguard-peer." + key + "]\n" + lines;
}

} // namespace wgnl::nm::test
