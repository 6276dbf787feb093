// SPDX-License-Identifier: GPL-3.0-or-later
// Parameters that are used more than once: narrow embeddings behind a projection, layers that share a group's, as a
// bill against the same model without either: "sharing"
#pragma once

#include "ui/mechanisms/mechanism_view.h"

#include <vector>

namespace ui {

struct SharingBill {
    std::int64_t vocabulary = 0;
    std::int64_t embedding = 0; // width; 0: the embeddings are as wide as the layers
    std::int64_t hidden = 0;
    std::vector<std::int64_t> groups;          // of each layer; empty: every layer has its own
    std::vector<std::int64_t> groupParameters; // of each group

    [[nodiscard]] std::int64_t words() const;      // table and projection
    [[nodiscard]] std::int64_t plainWords() const; // a table as wide as the layers
    [[nodiscard]] std::int64_t layers() const;
    [[nodiscard]] std::int64_t plainLayers() const;
};
// Empty numbers where the run shares nothing.
[[nodiscard]] SharingBill sharingBill(const engine::ModelInfo &info, const engine::Trace &trace);

class SharingView final : public MechanismView {
    Q_OBJECT
public:
    explicit SharingView(SelectionModel &selection, QWidget *parent = nullptr);
    [[nodiscard]] QString viewId() const override { return QStringLiteral("sharing"); }

protected:
    [[nodiscard]] bool read() override;
    void lay(Column &column) const override;
    [[nodiscard]] NumberTable numbers() const override;
    [[nodiscard]] StripText usualText() const override;

private:
    void layBill(Column &column) const;
    void layGroups(Column &column) const;

    SharingBill m_bill;
};

} // namespace ui
