// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"

namespace engine {

Error::Error(ErrorKind kind, std::string message) : m_kind(kind), m_message(std::move(message)) {}

Error Error::within(const std::string &frame) const
{
    return {m_kind, frame + ": " + m_message};
}

void failArgument(std::string message)
{
    throw Error(ErrorKind::Argument, std::move(message));
}

void failFile(std::string message)
{
    throw Error(ErrorKind::File, std::move(message));
}

void failInternal(std::string message)
{
    throw Error(ErrorKind::Internal, std::move(message));
}

} // namespace engine
