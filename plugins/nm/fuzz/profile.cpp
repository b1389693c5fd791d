// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the way from a file to a profile, and back. The first line is also the name of the file.
#include <algorithm>
#include <string>
#include <string_view>

#include <wgnl/wg_quick.hpp>

#include "fuzz.hpp"
#include "nm/profile/profile_reader.hpp"
#include "nm/profile/profile_writer.hpp"

namespace wgnl::fuzz {
namespace {

using nm::ErrorSlot;

void require_shown_lines(std::string_view text) {
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        require(!line.empty() && is_printable(line), "each line of a refusal can be shown");
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
}

/// As NetworkManager stores it and reads it again.
nm::ObjectPtr<NMConnection> stored(NMConnection* profile) {
    ErrorSlot error;
    const nm::KeyFilePtr file(
        nm_keyfile_write(profile, NM_KEYFILE_HANDLER_FLAGS_NONE, nullptr, nullptr, error.out()));
    require(file != nullptr, "a profile can be written");
    return nm::ObjectPtr<NMConnection>(nm_keyfile_read(
        file.get(), "/", NM_KEYFILE_HANDLER_FLAGS_NONE, nullptr, nullptr, error.out()));
}

void require_valid(NMConnection* profile) {
    ErrorSlot error;
    require(nm_connection_verify(profile, error.out()) != FALSE, "a profile is valid");
    gboolean modified = FALSE;
    require(nm_connection_normalize(profile, nullptr, &modified, error.out()) != FALSE &&
                modified == FALSE,
            "a profile is as NetworkManager would make it");
    require(nm_connection_verify_secrets(profile, error.out()) != FALSE, "its secrets are valid");
    const auto again = stored(profile);
    require(again && nm_connection_compare(profile, again.get(), NM_SETTING_COMPARE_FLAG_EXACT),
            "a profile is stored as it is");
}

void require_named(NMConnection* profile) {
    const std::string name(nm::view(nm_connection_get_interface_name(profile)));
    require(device_of_wg_quick(name + ".conf").has_value(), "an interface has a usable name");
    require(is_printable(nm::view(nm_connection_get_id(profile))), "a profile has a name to show");
}

bool same_peer(const DeclaredPeer& read, const DeclaredPeer& written) {
    return read.public_key == written.public_key && read.kept_as_is == written.kept_as_is &&
           read.preshared_key == written.preshared_key && read.endpoint == written.endpoint &&
           read.allowed_ips == written.allowed_ips &&
           read.persistent_keepalive.value_or(0) == written.persistent_keepalive.value_or(0);
}

void require_same(const nm::ReadProfile& read, const Declaration& written) {
    require(read.declaration.has_value(), "a profile is a declaration");
    const auto& declared = *read.declaration;
    require(declared.private_key == written.private_key, "the private key is the same");
    require(declared.listen_port.value_or(0) == written.listen_port.value_or(0),
            "the port is the same");
    require(declared.fwmark.value_or(0) == written.fwmark.value_or(0), "the mark is the same");
    require(std::ranges::equal(declared.peers, written.peers, same_peer), "the peers are the same");
    require(read.mtu == written.mtu, "the MTU is the same");
    require(std::ranges::is_permutation(read.addresses, written.addresses),
            "the addresses are the same");
}

} // namespace
} // namespace wgnl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace wgnl;
    const auto bytes = fuzz::Input(data, size).rest();
    const auto text = fuzz::text_of(bytes);
    const auto name = nm::profile_name_of(text.substr(0, text.find('\n')));
    const auto parsed = parse_wg_quick(text, {.file = "f.conf"});
    const auto written = nm::profile_of(parsed, {.id = name, .taken_names = {"wg0"}});
    if (!written) {
        fuzz::require_shown_lines(written.error().detail());
        return 0;
    }
    auto* const profile = written->profile.get();
    fuzz::require_named(profile);
    fuzz::require_valid(profile);
    fuzz::require_same(nm::declaration_of(profile), parsed.declaration);
    for (const auto& problem : written->not_expressible) {
        fuzz::require(is_printable(to_string(problem)), "a problem has no control characters");
        fuzz::require(problem.severity != Severity::error, "a profile is without mistakes");
    }
    return 0;
}
