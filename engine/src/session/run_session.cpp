// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/run_session.h"

#include "session/run_with.h"
#include "tasks/run_memory.h"

#include <utility>

namespace engine {

RunSession::RunSession(std::shared_ptr<const LoadedModel> model)
    : m_model(std::move(model)), m_memory(std::make_unique<tasks::RunMemory>())
{
}

RunSession::~RunSession() = default;

TaskResult RunSession::run(const TaskRequest &request, const RunControl &control)
{
    return session::runWith(*m_model, request, {.control = control, .memory = m_memory.get()});
}

void RunSession::forget()
{
    *m_memory = {};
}

} // namespace engine
