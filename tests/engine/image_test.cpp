// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures: what the decoders make of good and broken files, and the way to the numbers that a model reads.
#include "engine/error.h"
#include "engine/image.h"
#include "image/prepare.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <cstdio>

#include <jpeglib.h>
#include <png.h>
#include <webp/encode.h>

using namespace engine;

namespace {

using Bytes = std::vector<std::byte>;

// A gradient with an edge in it.
Image picture(std::int64_t width, std::int64_t height)
{
    Image image{.width = width, .height = height};
    for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x)
            for (const std::int64_t value : {x * 255 / width, y * 255 / height, (x / 3 + y / 5) % 2 * 200})
                image.pixels.push_back(static_cast<std::uint8_t>(value));
    return image;
}

Bytes asBytes(const void *data, std::size_t size)
{
    const auto *first = static_cast<const std::byte *>(data);
    return {first, first + size};
}

Bytes png(const void *pixels, std::int64_t width, std::int64_t height, png_uint_32 format)
{
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(width);
    image.height = static_cast<png_uint_32>(height);
    image.format = format;
    png_alloc_size_t size = 0;
    png_image_write_to_memory(&image, nullptr, &size, 0, pixels, 0, nullptr);
    Bytes bytes(size);
    png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels, 0, nullptr);
    return bytes;
}

Bytes png(const Image &image)
{
    return png(image.pixels.data(), image.width, image.height, PNG_FORMAT_RGB);
}

struct JpegOptions {
    J_COLOR_SPACE colours = JCS_RGB;
    int channels = 3;
    bool isProgressive = false;
};

Bytes jpeg(const std::vector<std::uint8_t> &pixels, std::int64_t width, std::int64_t height, const JpegOptions &options)
{
    jpeg_compress_struct encoder{};
    jpeg_error_mgr errors{};
    encoder.err = jpeg_std_error(&errors);
    jpeg_create_compress(&encoder);
    unsigned char *data = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&encoder, &data, &size);
    encoder.image_width = static_cast<JDIMENSION>(width);
    encoder.image_height = static_cast<JDIMENSION>(height);
    encoder.input_components = options.channels;
    encoder.in_color_space = options.colours;
    jpeg_set_defaults(&encoder);
    jpeg_set_quality(&encoder, 98, TRUE);
    if (options.isProgressive)
        jpeg_simple_progression(&encoder);
    jpeg_start_compress(&encoder, TRUE);
    while (encoder.next_scanline < encoder.image_height) {
        const auto *row = pixels.data() + static_cast<std::size_t>(encoder.next_scanline * width) * options.channels;
        auto *at = const_cast<JSAMPROW>(row);
        jpeg_write_scanlines(&encoder, &at, 1);
    }
    jpeg_finish_compress(&encoder);
    Bytes bytes = asBytes(data, size);
    jpeg_destroy_compress(&encoder);
    std::free(data); // NOLINT: libjpeg's
    return bytes;
}

Bytes jpeg(const Image &image)
{
    return jpeg(image.pixels, image.width, image.height, {});
}

Bytes webp(const Image &image)
{
    std::uint8_t *data = nullptr;
    const std::size_t size =
        WebPEncodeLosslessRGB(image.pixels.data(), static_cast<int>(image.width), static_cast<int>(image.height),
                              static_cast<int>(3 * image.width), &data);
    Bytes bytes = asBytes(data, size);
    WebPFree(data);
    return bytes;
}

double meanDistance(const Image &a, const Image &b)
{
    if (a.pixels.size() != b.pixels.size() || a.width != b.width)
        return 1e9;
    double sum = 0.0;
    for (std::size_t i = 0; i < a.pixels.size(); ++i)
        sum += std::abs(a.pixels[i] - b.pixels[i]);
    return sum / static_cast<double>(a.pixels.size());
}

// The message of the File error, or what else happened.
std::string problemOf(const Bytes &bytes)
{
    try {
        (void)decodeImage(bytes, "it.png");
    } catch (const Error &error) {
        return (error.kind() == ErrorKind::File ? "" : "no File error: ") + std::string(error.what());
    }
    return "no error";
}

// One axis in doubles: the same filter without fixed point.
std::uint8_t filtered(const std::vector<std::uint8_t> &line, std::int64_t size, std::int64_t at)
{
    const double scale = static_cast<double>(line.size()) / static_cast<double>(size);
    const double reach = std::max(1.0, scale);
    const double centre = (static_cast<double>(at) + 0.5) * scale;
    double sum = 0.0;
    double weights = 0.0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const double weight = std::max(0.0, 1.0 - std::abs((static_cast<double>(i) + 0.5 - centre) / reach));
        sum += weight * line[i];
        weights += weight;
    }
    return static_cast<std::uint8_t>(std::lround(sum / weights));
}

// Rows first, then columns, rounded in between.
Image resizedInDoubles(const Image &image, const image::Size &size)
{
    const auto value = [](const Image &of, std::int64_t x, std::int64_t y, std::size_t c) {
        return of.pixels[static_cast<std::size_t>(3 * (y * of.width + x)) + c];
    };
    Image narrow{.width = size.width, .height = image.height};
    for (std::int64_t y = 0; y < image.height; ++y)
        for (std::int64_t x = 0; x < size.width; ++x)
            for (std::size_t c = 0; c < 3; ++c) {
                std::vector<std::uint8_t> line;
                for (std::int64_t i = 0; i < image.width; ++i)
                    line.push_back(value(image, i, y, c));
                narrow.pixels.push_back(filtered(line, size.width, x));
            }
    Image out{.width = size.width, .height = size.height};
    for (std::int64_t y = 0; y < size.height; ++y)
        for (std::int64_t x = 0; x < size.width; ++x)
            for (std::size_t c = 0; c < 3; ++c) {
                std::vector<std::uint8_t> line;
                for (std::int64_t i = 0; i < image.height; ++i)
                    line.push_back(value(narrow, x, i, c));
                out.pixels.push_back(filtered(line, size.height, y));
            }
    return out;
}

int largestDifference(const Image &a, const Image &b)
{
    int worst = a.pixels.size() == b.pixels.size() ? 0 : 256;
    for (std::size_t i = 0; i < a.pixels.size() && worst < 256; ++i)
        worst = std::max(worst, std::abs(a.pixels[i] - b.pixels[i]));
    return worst;
}

} // namespace

class ImageTest : public QObject {
    Q_OBJECT

private slots:
    void losslessFormatsComeBack()
    {
        const Image image = picture(37, 23);
        for (const Bytes &bytes : {png(image), webp(image)}) {
            const Image read = decodeImage(bytes);
            QCOMPARE(read.width, image.width);
            QCOMPARE(read.height, image.height);
            QVERIFY(read.pixels == image.pixels);
            QVERIFY(read.file.empty());
        }
    }

    void jpegComesNear()
    {
        Image image = picture(64, 48);
        for (std::size_t i = 2; i < image.pixels.size(); i += 3)
            image.pixels[i] = 128; // colours stand at half the resolution: no edges in them
        QVERIFY(meanDistance(decodeImage(jpeg(image)), image) < 3.0);
        const JpegOptions progressive{.isProgressive = true};
        QCOMPARE(largestDifference(decodeImage(jpeg(image.pixels, 64, 48, progressive)), decodeImage(jpeg(image))), 0);
    }

    void greyBecomesRgb()
    {
        const std::vector<std::uint8_t> grey{0, 50, 100, 150, 200, 250};
        const Image fromPng = decodeImage(png(grey.data(), 3, 2, PNG_FORMAT_GRAY));
        const Image fromJpeg = decodeImage(jpeg(grey, 3, 2, {.colours = JCS_GRAYSCALE, .channels = 1}));
        for (std::size_t i = 0; i < grey.size(); ++i)
            for (std::size_t c = 0; c < 3; ++c) {
                QCOMPARE(fromPng.pixels[3 * i + c], grey[i]);
                QVERIFY(std::abs(fromJpeg.pixels[3 * i + c] - grey[i]) < 8);
            }
    }

    void transparencyIsDroppedNotBlended()
    {
        const std::vector<std::uint8_t> rgba{200, 100, 50, 0, 10, 20, 30, 128};
        const Image image = decodeImage(png(rgba.data(), 2, 1, PNG_FORMAT_RGBA));
        QVERIFY((image.pixels == std::vector<std::uint8_t>{200, 100, 50, 10, 20, 30}));
    }

    void cmykIsInverted()
    {
        // As Adobe stores them: 255 is no ink. White, black, and pure cyan.
        const std::vector<std::uint8_t> inks{255, 255, 255, 255, 255, 255, 255, 0, 0, 255, 255, 255};
        std::vector<std::uint8_t> tall;
        for (std::size_t ink = 0; ink < 3; ++ink) // 16 rows of each, so that blocks have one colour
            for (int i = 0; i < 16 * 16; ++i)
                tall.insert(tall.end(), inks.begin() + static_cast<std::ptrdiff_t>(4 * ink),
                            inks.begin() + static_cast<std::ptrdiff_t>(4 * ink + 4));
        const Image image = decodeImage(jpeg(tall, 16, 48, {.colours = JCS_CMYK, .channels = 4}));
        const auto near = [&](std::size_t row, std::array<int, 3> colour) {
            const auto *pixel = image.pixels.data() + row * 16 * 3 + 24;
            return std::abs(pixel[0] - colour[0]) < 6 && std::abs(pixel[1] - colour[1]) < 6 &&
                   std::abs(pixel[2] - colour[2]) < 6;
        };
        QVERIFY(near(8, {255, 255, 255}));
        QVERIFY(near(24, {0, 0, 0}));
        QVERIFY(near(40, {0, 255, 255}));
    }

    void brokenFilesAreNamed()
    {
        const Image image = picture(40, 30);
        for (const auto &[format, bytes] :
             {std::pair{"PNG", png(image)}, {"JPEG", jpeg(image)}, {"WebP", webp(image)}}) {
            for (const double part : {0.15, 0.5, 0.95}) {
                Bytes cut = bytes;
                cut.resize(static_cast<std::size_t>(static_cast<double>(bytes.size()) * part));
                const std::string problem = problemOf(cut);
                const std::string expected = std::string("it.png: a ") + format + " picture that cannot be read: ";
                QVERIFY2(problem.starts_with(expected), (expected + std::to_string(part) + ": " + problem).c_str());
                QVERIFY(problem.find('\n') == std::string::npos);
            }
        }
        const auto text = [](std::string_view content) { return asBytes(content.data(), content.size()); };
        QCOMPARE(problemOf({}), "it.png: expected a PNG, JPEG or WebP picture, found nothing");
        QCOMPARE(problemOf(text("GIF89a")),
                 "it.png: expected a PNG, JPEG or WebP picture, found the bytes 47 49 46 38");
        QVERIFY(problemOf(text("\x89PNG\r\n\x1a\nrubbish")).starts_with("it.png: a PNG picture that cannot be read"));
    }

    void hugeClaimsAreRefusedBeforeMemoryIsTaken()
    {
        // 65,500 × 65,500 in the frame header of a small file.
        Bytes bytes = jpeg(picture(40, 30));
        for (std::size_t i = 0; i + 8 < bytes.size(); ++i)
            if (bytes[i] == std::byte{0xff} && bytes[i + 1] == std::byte{0xc0})
                for (std::size_t side = 5; side < 9; side += 2) {
                    bytes[i + side] = std::byte{0xff};
                    bytes[i + side + 1] = std::byte{0xdc};
                }
        const std::string problem = problemOf(bytes);
        QVERIFY2(problem.find("pixels in a file of this size, found 65500 × 65500") != std::string::npos,
                 problem.c_str());
    }

    void filesAreRead()
    {
        const QTemporaryDir folder;
        const QString name = folder.filePath(QStringLiteral("a.jpg")); // content counts, not the name
        const Image image = picture(9, 7);
        const Bytes bytes = png(image);
        QFile file(name);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(reinterpret_cast<const char *>(bytes.data()), static_cast<qint64>(bytes.size()));
        file.close();
        const Image read = readImage(name.toStdString());
        QVERIFY(read.pixels == image.pixels);
        QCOMPARE(read.file, std::filesystem::path(name.toStdString()));
        QVERIFY_EXCEPTION_THROWN((void)readImage(folder.filePath(QStringLiteral("none.png")).toStdString()), Error);
        QVERIFY_EXCEPTION_THROWN((void)readImage(folder.path().toStdString()), Error);
    }

    void resizingMatchesReference()
    {
        const Image image = picture(31, 19);
        for (const image::Size &size :
             {image::Size{31, 19}, {15, 9}, {31, 8}, {7, 19}, {62, 40}, {33, 18}, {1, 1}, {100, 2}}) {
            const Image out = image::resized(image, size, {0, 0, size.width, size.height});
            QCOMPARE(out.width, size.width);
            QCOMPARE(out.height, size.height);
            QVERIFY(largestDifference(out, resizedInDoubles(image, size)) <= 1);
        }
    }

    void aWindowIsCutFromTheWhole()
    {
        const Image image = picture(50, 40);
        const image::Size size{33, 29};
        const Image whole = image::resized(image, size, {0, 0, size.width, size.height});
        const PixelRect window{-2, 5, 20, 33};
        const Image part = image::resized(image, size, window);
        for (std::int64_t y = window.top; y < window.bottom; ++y)
            for (std::int64_t x = window.left; x < window.right; ++x)
                for (std::size_t c = 0; c < 3; ++c) {
                    const bool isInside = x >= 0 && y >= 0 && x < size.width && y < size.height;
                    const auto flat = static_cast<std::size_t>(3 * (y * size.width + x)) + c;
                    const auto own =
                        static_cast<std::size_t>(3 * ((y - window.top) * part.width + x - window.left)) + c;
                    QCOMPARE(part.pixels[own], isInside ? whole.pixels[flat] : std::uint8_t{0});
                }
        const PixelRect nowhere{40, 0, 44, 4};
        QVERIFY((image::resized(image, size, nowhere).pixels == std::vector<std::uint8_t>(48, 0)));
    }

    void theMiddleIsTaken()
    {
        QCOMPARE(image::sizeWithShorterSide({640, 480}, 256).width, 341);
        QCOMPARE(image::sizeWithShorterSide({480, 640}, 256).height, 341);
        // Halves go to the even neighbour.
        QCOMPARE(image::middleSquare({341, 256}, 224), (PixelRect{58, 16, 282, 240}));
        QCOMPARE(image::middleSquare({229, 227}, 224), (PixelRect{2, 2, 226, 226}));
        QCOMPARE(image::middleSquare({10, 5}, 8), (PixelRect{1, -1, 9, 7}));
    }

    void numbersAreNormalised()
    {
        Image image{.width = 2, .height = 2, .pixels = std::vector<std::uint8_t>(12, 51)};
        const image::Preparation how{
            .shorterSide = 4, .crop = 6, .mean = {0.2F, 0.1F, 0.0F}, .deviation = {1.0F, 0.5F, 0.1F}};
        const Tensor values = image::prepared(image, how);
        QCOMPARE(values.shape(), (Shape{3, 6, 6}));
        const auto at = [&](std::size_t c, std::size_t y, std::size_t x) {
            return values.floats()[(c * 6 + y) * 6 + x];
        };
        QVERIFY(std::abs(at(0, 3, 3)) < 1e-6F);
        QVERIFY(std::abs(at(1, 3, 3) - 0.2F) < 1e-6F);
        QVERIFY(std::abs(at(2, 3, 3) - 2.0F) < 1e-5F);
        QVERIFY(std::abs(at(0, 0, 3) + 0.2F) < 1e-6F); // beyond the picture it is black
    }

    void longPicturesTakeNoMemory()
    {
        Image line{.width = 200'000, .height = 1};
        line.pixels.assign(600'000, 9);
        QCOMPARE(image::prepared(line, {}).shape(), (Shape{3, 224, 224}));
    }

    void partsFindTheirWayBack()
    {
        const image::Preparation how{.shorterSide = 256, .crop = 224};
        // 512 × 1024: half the size, 16 of 256 columns cut off on each side, 144 of 512 rows.
        QCOMPARE(image::areaOf({512, 1024}, how, {}), (PixelRect{32, 288, 480, 736}));
        QCOMPARE(image::areaOf({512, 1024}, how, {.top = 0.5}), (PixelRect{32, 512, 480, 736}));
        QCOMPARE(image::areaOf({512, 1024}, how, {.right = 0.25, .bottom = 0.25}), (PixelRect{32, 288, 144, 400}));
        const image::Preparation wide{.shorterSide = 100, .crop = 224};
        QCOMPARE(image::areaOf({50, 50}, wide, {}), (PixelRect{0, 0, 50, 50}));
    }
};

QTEST_GUILESS_MAIN(ImageTest)
#include "image_test.moc"
