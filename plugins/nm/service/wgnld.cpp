// SPDX-License-Identifier: LGPL-2.1-or-later
// Declarations as sealed memory files: no message on the bus holds a secret.
#include "nm/service/wgnld.hpp"

#include <utility>

#include "base/memfd.hpp"

namespace wgnl::nm {
namespace {

/// A very large document takes its time to be checked.
constexpr int answer_time = 120000;

Method manager(const char* member) {
    return {adapter::wgnld_name, adapter::wgnld_path, adapter::wgnld_interface, member};
}

/// A list with one descriptor: the content, sealed against every change.
Result<ObjectPtr<GUnixFDList>> sealed(const std::vector<std::uint8_t>& content) {
    const auto file = seal(content, adapter::document_name);
    if (!file)
        return std::unexpected(file.error());
    ObjectPtr<GUnixFDList> list(g_unix_fd_list_new());
    ErrorSlot error;
    if (g_unix_fd_list_append(list.get(), file->get(), error.out()) < 0)
        return fail(Errc::system, "hand over a memory file", error.text());
    return list;
}

Calls::Answered only_outcome(Wgnld::Done done) {
    return [done = std::move(done)](Result<VariantPtr> answer) {
        done(answer ? Result<void>{} : std::unexpected(answer.error()));
    };
}

} // namespace

Wgnld::Wgnld(GDBusConnection* bus, std::function<void()> appeared)
    : calls_(bus),
      owner_(bus, adapter::wgnld_name, [appeared = std::move(appeared)](bool is_owned) {
          if (is_owned)
              appeared();
      }) {}

void Wgnld::declare(const adapter::PendingDeclaration& pending, Done done) {
    auto file = sealed(pending.document.bytes());
    if (!file)
        return done(std::unexpected(file.error()));
    calls_.call(manager("Declare"), g_variant_new("(sh)", pending.origin.c_str(), 0),
                only_outcome(std::move(done)), answer_time, file->get());
}

void Wgnld::retain(const std::set<std::string>& devices, Done done) {
    GVariantBuilder list;
    g_variant_builder_init(&list, G_VARIANT_TYPE("as"));
    for (const auto& device : devices)
        g_variant_builder_add(&list, "s", device.c_str());
    calls_.call(manager("Retain"), g_variant_new("(as)", &list), only_outcome(std::move(done)),
                answer_time);
}

bool Wgnld::is_passing(const Error& error) {
    return went_unanswered(error) || has_name(error, adapter::not_ready_error);
}

} // namespace wgnl::nm
