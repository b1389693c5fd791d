// SPDX-License-Identifier: LGPL-2.1-or-later
// A plugin for clang-tidy 19: its checks look at the declarations of this project alone. Those of
// the system's headers, which each source includes by the ten thousand, take most of the time else.
// script/lint-tidy builds it.
#include <clang/AST/ASTConsumer.h>
#include <clang/AST/ASTContext.h>
#include <clang/Basic/SourceManager.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendPluginRegistry.h>
#include <memory>
#include <string>
#include <vector>

namespace {

class OursOnly : public clang::ASTConsumer {
public:
    explicit OursOnly(const clang::SourceManager& sources) : sources_(sources) {}

    bool HandleTopLevelDecl(clang::DeclGroupRef group) override {
        for (clang::Decl* declaration : group)
            if (is_ours(declaration->getLocation()))
                ours_.push_back(declaration);
        return true;
    }

    void HandleTranslationUnit(clang::ASTContext& context) override {
        context.setTraversalScope(ours_);
    }

private:
    bool is_ours(clang::SourceLocation location) const {
        const clang::SourceLocation place = sources_.getExpansionLoc(location);
        return !sources_.isInSystemHeader(place) &&
               !sources_.getFilename(place).starts_with("/usr/");
    }

    const clang::SourceManager& sources_;
    std::vector<clang::Decl*> ours_;
};

class Action : public clang::PluginASTAction {
public:
    std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& compiler,
                                                          llvm::StringRef) override {
        return std::make_unique<OursOnly>(compiler.getSourceManager());
    }

    bool ParseArgs(const clang::CompilerInstance&, const std::vector<std::string>&) override {
        return true;
    }

    ActionType getActionType() override { return AddBeforeMainAction; }
};

const clang::FrontendPluginRegistry::Add<Action> added("ours-only", "looks at our own code only");

} // namespace
