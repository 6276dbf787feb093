// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"
#include "engine/tensor.h"

#include <QTest>

#include <array>
#include <cmath>

using namespace engine;

class TensorTest : public QObject {
    Q_OBJECT

private slots:
    void rowsShareMemory()
    {
        const Tensor t = Tensor::fromFloats({3, 2}, std::array{0.F, 1.F, 2.F, 3.F, 4.F, 5.F});
        const Tensor middle = t.rows(1, 2);
        QCOMPARE(middle.shape().text(), std::string("(1, 2)"));
        QCOMPARE(middle.floats()[1], 3.F);
        QVERIFY(middle.data() == t.data() + 8);
    }

    void halfFloatsConvertExactly()
    {
        // 1, −2, the smallest subnormal, infinity, NaN
        const std::array<std::uint16_t, 5> halves{0x3C00, 0xC000, 0x0001, 0x7C00, 0x7E00};
        const auto owner = std::make_shared<int>(0);
        const Tensor t = Tensor::view({5}, DType::F16, reinterpret_cast<const std::byte *>(halves.data()), owner).toFloats();
        QCOMPARE(t.floats()[0], 1.F);
        QCOMPARE(t.floats()[1], -2.F);
        QCOMPARE(t.floats()[2], std::ldexp(1.F, -24));
        QVERIFY(std::isinf(t.floats()[3]));
        QVERIFY(std::isnan(t.floats()[4]));
    }

    void sharedTensorsAreConstant()
    {
        Tensor t = Tensor::zeros({4});
        const Tensor other = t;
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(t.mutableFloats()), Error);
    }

    void reshapeKeepsElements()
    {
        const Tensor t = Tensor::zeros({2, 6});
        QCOMPARE(t.reshaped({3, 4}).size(-1), std::int64_t{4});
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(t.reshaped({5})), Error);
    }
};

QTEST_GUILESS_MAIN(TensorTest)
#include "tensor_test.moc"
