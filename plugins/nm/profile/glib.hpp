// SPDX-License-Identifier: LGPL-2.1-or-later
// GLib's things as owners: what C gave with "transfer full" goes when its scope ends.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <gio/gio.h>

#include <wgnl/error.hpp>

namespace wgnl::nm {

struct ObjectUnref {
    void operator()(gpointer object) const noexcept { g_object_unref(object); }
};
/// A reference to a GObject of its own.
template <typename T> using ObjectPtr = std::unique_ptr<T, ObjectUnref>;

/// One more reference to an object that somebody else owns.
template <typename T> ObjectPtr<T> share(T* object) {
    return ObjectPtr<T>(object == nullptr ? nullptr : static_cast<T*>(g_object_ref(object)));
}

struct Free {
    void operator()(gpointer memory) const noexcept { g_free(memory); }
};
using TextPtr = std::unique_ptr<char, Free>;

struct VariantUnref {
    void operator()(GVariant* variant) const noexcept { g_variant_unref(variant); }
};
using VariantPtr = std::unique_ptr<GVariant, VariantUnref>;

struct KeyFileUnref {
    void operator()(GKeyFile* file) const noexcept { g_key_file_unref(file); }
};
using KeyFilePtr = std::unique_ptr<GKeyFile, KeyFileUnref>;

/// Where a C function leaves its error: `f(…, error.out())`.
class ErrorSlot {
public:
    ErrorSlot() = default;
    ErrorSlot(const ErrorSlot&) = delete;
    ErrorSlot& operator=(const ErrorSlot&) = delete;
    ~ErrorSlot() { g_clear_error(&error_); }

    GError** out() noexcept { return &error_; }
    GError* get() const noexcept { return error_; }
    explicit operator bool() const noexcept { return error_ != nullptr; }
    /// Its message; empty if there is no error.
    std::string text() const { return error_ == nullptr ? std::string() : error_->message; }

private:
    GError* error_{nullptr};
};

/// A C string as C++ has it; null is empty.
inline std::string_view view(const char* text) noexcept { return text == nullptr ? "" : text; }

} // namespace wgnl::nm
