// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace app::cli {

// Turns the first SIGINT or SIGTERM of the process into a stop request; a second one ends the process at once.
// Create it before any other thread: the signals are blocked in this thread and those it starts, and
// waited for on a thread of their own, where anything may be called (a handler may not).
class InterruptWatcher {
public:
    InterruptWatcher();
    ~InterruptWatcher();
    InterruptWatcher(const InterruptWatcher &) = delete;
    InterruptWatcher &operator=(const InterruptWatcher &) = delete;

    [[nodiscard]] std::stop_token stopToken() const { return m_source.get_token(); }

private:
    void wait();

    std::stop_source m_source;
    std::atomic<bool> m_isEnding = false;
    std::thread m_thread;
};

} // namespace app::cli
