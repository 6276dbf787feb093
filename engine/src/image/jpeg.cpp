// SPDX-License-Identifier: GPL-3.0-or-later
// JPEG by libjpeg-turbo, with the slow, exact transform and smooth upsampling, as is usual where models are trained.
#include "image/decoders.h"

#include <cstdio> // jpeglib.h needs it

#include <jerror.h>
#include <jpeglib.h>

#include <array>
#include <csetjmp>
#include <utility>
#include <vector>

namespace engine::image {
namespace {

// A Huffman code takes at least a bit for each block of 8 × 8 pixels.
constexpr std::int64_t kMostPixelsOfByte = 8 * 64;
// Scans of a progressive file may be almost empty, and each goes over the whole picture.
constexpr int kMostScans = 500;

struct Context {
    jpeg_error_mgr errors{}; // first: libjpeg hands out a pointer to it
    jpeg_progress_mgr progress{};
    std::jmp_buf leave{};
    std::array<char, JMSG_LENGTH_MAX> problem{};
};

Context &contextOf(j_common_ptr jpeg)
{
    return *reinterpret_cast<Context *>(jpeg->err); // NOLINT: the error manager is its first member
}

[[noreturn]] void leave(j_common_ptr jpeg)
{
    Context &context = contextOf(jpeg);
    context.errors.format_message(jpeg, context.problem.data());
    std::longjmp(context.leave, 1); // NOLINT: the library's way
}

// Small damage is passed over as elsewhere; a file that ends too early is not, its rest would be grey.
void onMessage(j_common_ptr jpeg, int level)
{
    if (level < 0 && jpeg->err->msg_code == JWRN_JPEG_EOF)
        leave(jpeg);
}

void onProgress(j_common_ptr jpeg)
{
    const auto *decoder = reinterpret_cast<j_decompress_ptr>(jpeg); // NOLINT: this is one
    if (decoder->input_scan_number > kMostScans) {
        jpeg->err->msg_code = JERR_BAD_PROGRESSION;
        leave(jpeg);
    }
}

std::uint8_t byte(int value)
{
    return static_cast<std::uint8_t>(value);
}

// a · b / 255, rounded.
int product(int a, int b)
{
    const int scaled = a * b + 128;
    return ((scaled >> 8) + scaled) >> 8;
}

// CMYK as Adobe stores it, inverted.
void toRgb(const std::vector<std::uint8_t> &row, std::uint8_t *rgb)
{
    for (std::size_t i = 0; i + 3 < row.size(); i += 4)
        for (std::size_t c = 0; c < 3; ++c)
            *rgb++ = byte(row[i + 3] - product(255 - row[i + c], row[i + 3]));
}

class Reader {
public:
    Reader(Bytes bytes, const std::string &name) : m_bytes(bytes), m_name(name)
    {
        m_jpeg.err = jpeg_std_error(&m_context.errors);
        m_context.errors.error_exit = leave;
        m_context.errors.emit_message = onMessage;
        m_context.progress.progress_monitor = onProgress;
    }
    ~Reader() { jpeg_destroy_decompress(&m_jpeg); }
    Reader(const Reader &) = delete;
    Reader &operator=(const Reader &) = delete;

    [[nodiscard]] Image read()
    {
        attempt([this] { readHeader(); });
        const auto bytes = static_cast<std::int64_t>(m_bytes.size());
        Image image = emptyImage({.width = m_jpeg.image_width,
                                  .height = m_jpeg.image_height,
                                  .mostPixels = m_jpeg.arith_code != FALSE ? kMostPixels : bytes * kMostPixelsOfByte},
                                 m_name);
        const bool isCmyk = m_jpeg.out_color_space == JCS_CMYK;
        const auto width = static_cast<std::size_t>(image.width);
        std::vector<std::uint8_t> row(isCmyk ? 4 * width : 0);
        attempt([this] { jpeg_start_decompress(&m_jpeg); });
        for (std::uint8_t *to = image.pixels.data(); m_jpeg.output_scanline < m_jpeg.output_height; to += 3 * width) {
            JSAMPROW at = isCmyk ? row.data() : to;
            attempt([&] { jpeg_read_scanlines(&m_jpeg, &at, 1); });
            if (isCmyk)
                toRgb(row, to);
        }
        return image;
    }

private:
    // libjpeg leaves through a jump when something is wrong: no object with a destructor may live inside of `body`.
    template <typename Body> void attempt(const Body &body)
    {
        if (setjmp(m_context.leave) == 0) // NOLINT: the library's way
            body();
        else
            failPicture(m_name, "JPEG", m_context.problem.data());
    }

    void readHeader()
    {
        jpeg_create_decompress(&m_jpeg);
        m_jpeg.progress = &m_context.progress;
        jpeg_mem_src(&m_jpeg, reinterpret_cast<const unsigned char *>(m_bytes.data()), // NOLINT: bytes as libjpeg's
                     static_cast<unsigned long>(m_bytes.size()));
        jpeg_read_header(&m_jpeg, TRUE);
        const bool isCmyk = m_jpeg.jpeg_color_space == JCS_CMYK || m_jpeg.jpeg_color_space == JCS_YCCK;
        m_jpeg.out_color_space = isCmyk ? JCS_CMYK : JCS_RGB;
    }

    Bytes m_bytes;
    const std::string &m_name;
    Context m_context;
    jpeg_decompress_struct m_jpeg{};
};

} // namespace

Image decodeJpeg(Bytes bytes, const std::string &name)
{
    return Reader(bytes, name).read();
}

} // namespace engine::image
