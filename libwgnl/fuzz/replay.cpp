// SPDX-License-Identifier: LGPL-2.1-or-later
// Stands in for libFuzzer where there is none: runs the target on the files that are named, and on
// those in the folders that are named.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz.hpp"

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& path) {
    if (!fs::is_directory(path))
        return {path};
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(path))
        if (entry.is_regular_file())
            files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

/// False if the file cannot be read.
bool replay(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        return false;
    const std::vector<char> read{std::istreambuf_iterator<char>(stream), {}};
    // Of exactly that size: the sanitizers see a step beyond its end.
    const std::vector<std::uint8_t> input(read.begin(), read.end());
    LLVMFuzzerTestOneInput(input.data(), input.size());
    return true;
}

} // namespace

int main(int count, char** arguments) {
    std::size_t replayed = 0;
    for (int i = 1; i < count; ++i) {
        for (const auto& file : files_in(arguments[i])) {
            // Named before it runs: what breaks off is the last line.
            std::printf("%s\n", file.c_str());
            std::fflush(stdout);
            if (!replay(file)) {
                std::fprintf(stderr, "%s: it cannot be read\n", file.c_str());
                return 1;
            }
            ++replayed;
        }
    }
    std::printf("%zu inputs replayed\n", replayed);
    return replayed == 0 ? 1 : 0;
}
