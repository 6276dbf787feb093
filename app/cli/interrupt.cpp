// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/interrupt.h"

#include <csignal>
#include <cstdlib>
#include <pthread.h>

namespace app::cli {

namespace {

constexpr int kSignalExit = 128; // plus the number of the signal, as shells count

sigset_t watchedSignals()
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

} // namespace

InterruptWatcher::InterruptWatcher()
{
    const sigset_t signals = watchedSignals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    m_thread = std::thread([this] { wait(); });
}

InterruptWatcher::~InterruptWatcher()
{
    m_isEnding = true;
    pthread_kill(m_thread.native_handle(), SIGINT);
    m_thread.join();
}

void InterruptWatcher::wait()
{
    const sigset_t signals = watchedSignals();
    int signal = 0;
    while (sigwait(&signals, &signal) == 0 && !m_isEnding) {
        if (!m_source.request_stop())
            std::_Exit(kSignalExit + signal);
    }
}

} // namespace app::cli
