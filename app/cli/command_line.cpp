// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command_line.h"

#include "cli/command.h"
#include "places/places.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <new>

namespace app::cli {

namespace {

int exitCodeOf(const engine::Error &error)
{
    switch (error.kind()) {
    case engine::ErrorKind::Argument:
        return kWrongArguments;
    case engine::ErrorKind::File:
        return kBadFile;
    case engine::ErrorKind::Internal:
        break;
    }
    return kCheckFailed;
}

int fail(Context &context, int code, std::string message)
{
    std::replace(message.begin(), message.end(), '\n', ' ');
    context.note("modelarium-cli: " + message);
    return code;
}

int parseAndRun(CLI::App &app, Context &context, std::vector<std::string> arguments)
{
    std::reverse(arguments.begin(), arguments.end()); // the order that CLI11 wants from a vector
    try {
        app.parse(std::move(arguments));
        context.out.flush();
        if (!context.out)
            return fail(context, kBadFile, "the output could not be written");
        return context.exitCode;
    } catch (const CLI::Success &request) { // --help, --version
        return app.exit(request, context.out, context.err);
    } catch (const CLI::ParseError &error) {
        return fail(context, kWrongArguments, error.what());
    } catch (const engine::Cancelled &) {
        return fail(context, kCancelled, "cancelled");
    } catch (const engine::Error &error) {
        return fail(context, exitCodeOf(error), error.what());
    } catch (const std::bad_alloc &) {
        return fail(context, kBadFile, "not enough memory");
    } catch (const std::exception &error) {
        return fail(context, kCheckFailed, error.what());
    }
}

} // namespace

int run(const Invocation &invocation) noexcept
{
    Context context{.out = invocation.out,
                    .err = invocation.err,
                    .stopToken = invocation.stopToken,
                    .showsProgress = invocation.showsProgress};
    CLI::App app{"Modelarium: run transformer models and look inside", "modelarium-cli"};
    app.set_version_flag("--version", "modelarium-cli " + version());
    app.require_subcommand(1);
    app.get_formatter()->column_width(34);
    for (const auto add : {addFamilies, addModels, addInfo, addTokenize, addRun, addAttention, addMask, addMechanism,
                           addObjective, addIndex, addVerify, addEvaluate, addBench})
        add(app, context);
    return parseAndRun(app, context, invocation.arguments);
}

} // namespace app::cli
