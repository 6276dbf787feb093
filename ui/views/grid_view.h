// SPDX-License-Identifier: GPL-3.0-or-later
// Every head of every layer as a small picture with its entropy and distance: "grid".
#pragma once

#include "ui/views/attention_data.h"
#include "ui/views/picture_view.h"

#include <QImage>

#include <atomic>
#include <memory>

namespace ui {

// One head as the grid shows it.
struct HeadPicture {
    QImage image;
    HeadStatistics statistics;
    int layer = 0;
    int head = 0;
};

// Pictures of one record's heads; safe on any thread.
[[nodiscard]] std::vector<HeadPicture> pictureHeads(const ChosenAttention &attention);

class GridView final : public PictureView {
    Q_OBJECT
public:
    explicit GridView(SelectionModel &selection, QWidget *parent = nullptr);
    ~GridView() override;
    [[nodiscard]] QString viewId() const override { return QStringLiteral("grid"); }
    void paintExport(QPainter &painter, const QSize &size) override;
    [[nodiscard]] QStringList exportExtensions() const override;

protected:
    [[nodiscard]] QString exportNumbers(const QString &file) override;
    [[nodiscard]] int pictureHeight(int width) const override;
    void contentsChanged() override;
    void selectionChanged() override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool event(QEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    struct Layout;
    [[nodiscard]] Layout layoutFor(double width) const;
    [[nodiscard]] std::optional<std::size_t> pictureAt(const QPointF &point) const;
    void paintOne(QPainter &painter, const Layout &layout, std::size_t index) const;
    void start();      // computes on other threads
    void finishNow();  // waits for nothing: computes what is missing here
    void take(std::size_t record, std::vector<HeadPicture> pictures);

    std::vector<ChosenAttention> m_records; // one a layer
    std::vector<HeadPicture> m_pictures;    // layers × heads; null image: not ready
    int m_heads = 0;
    bool m_isStarted = false;
    std::shared_ptr<std::atomic<bool>> m_isWanted; // false: the contents have moved on
};

} // namespace ui
