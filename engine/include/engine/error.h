// SPDX-License-Identifier: GPL-3.0-or-later
// The one error type of the engine. Every message names the file, the tensor or the option,
// what was expected and what was found.
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace engine {

enum class ErrorKind {
    Argument, // a wrong option or input of the caller (command line: exit code 2)
    File,     // a bad or unsupported file (command line: exit code 3)
    Internal, // a broken promise inside the engine
};

// A failure with the places it passed on its way up ("while loading …: while reading …: reason").
class Error : public std::exception {
public:
    Error(ErrorKind kind, std::string message);

    // The same error seen from further out: `frame` is put in front of the message.
    [[nodiscard]] Error within(const std::string &frame) const;

    [[nodiscard]] ErrorKind kind() const noexcept { return m_kind; }
    [[nodiscard]] const char *what() const noexcept override { return m_message.c_str(); }

private:
    ErrorKind m_kind;
    std::string m_message;
};

[[noreturn]] void failArgument(std::string message); // throws Error{Argument}
[[noreturn]] void failFile(std::string message);     // throws Error{File}
[[noreturn]] void failInternal(std::string message); // throws Error{Internal}

// Thrown by RunControl::checkpoint() after a stop was asked for. Not an Error: nothing went wrong.
class Cancelled : public std::exception {
public:
    [[nodiscard]] const char *what() const noexcept override { return "cancelled"; }
};

} // namespace engine
