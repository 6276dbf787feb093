// SPDX-License-Identifier: GPL-3.0-or-later
// PNG by libpng. Its simplified interface would blend transparent pixels into a ground and apply the gamma of the
// file; both change the numbers that a model was trained on.
#include "image/decoders.h"

#include <png.h>

#include <array>
#include <csetjmp>
#include <cstring>
#include <vector>

namespace engine::image {
namespace {

constexpr std::int64_t kMostDeflated = 1032; // bytes that one byte of a deflate stream can stand for

struct Source {
    Bytes bytes;
    std::size_t at = 0;
};

struct Problem {
    std::array<char, 128> text{};
};

void onError(png_structp png, png_const_charp message)
{
    auto &problem = *static_cast<Problem *>(png_get_error_ptr(png));
    std::strncpy(problem.text.data(), message, problem.text.size() - 1);
    png_longjmp(png, 1);
}

void onWarning(png_structp /*png*/, png_const_charp /*message*/) {}

void readBytes(png_structp png, png_bytep to, std::size_t count)
{
    auto &source = *static_cast<Source *>(png_get_io_ptr(png));
    if (count > source.bytes.size() - source.at)
        png_error(png, "the file is cut short");
    std::memcpy(to, source.bytes.data() + source.at, count);
    source.at += count;
}

class Reader {
public:
    Reader(Bytes bytes, const std::string &name)
        : m_source{bytes}, m_name(name),
          m_png(png_create_read_struct(PNG_LIBPNG_VER_STRING, &m_problem, onError, onWarning))
    {
        m_info = m_png == nullptr ? nullptr : png_create_info_struct(m_png);
    }
    ~Reader() { png_destroy_read_struct(&m_png, &m_info, nullptr); }
    Reader(const Reader &) = delete;
    Reader &operator=(const Reader &) = delete;

    [[nodiscard]] Image read()
    {
        if (m_info == nullptr)
            failPicture(m_name, "PNG", "out of memory");
        attempt([this] { readHeader(); });
        Image image = emptyImage({.width = png_get_image_width(m_png, m_info),
                                  .height = png_get_image_height(m_png, m_info),
                                  .mostPixels = mostPixels()},
                                 m_name);
        std::vector<png_bytep> rows(static_cast<std::size_t>(image.height));
        for (std::size_t i = 0; i < rows.size(); ++i)
            rows[i] = image.pixels.data() + i * static_cast<std::size_t>(3 * image.width);
        attempt([this] { askForRgb(); });
        if (png_get_rowbytes(m_png, m_info) != static_cast<std::size_t>(3 * image.width))
            failPicture(m_name, "PNG", "its rows do not become RGB");
        attempt([&] {
            png_read_image(m_png, rows.data());
            png_read_end(m_png, nullptr); // a file without its end is no whole picture
        });
        return image;
    }

private:
    // libpng leaves through a jump when something is wrong: no object with a destructor may live inside of `body`.
    template <typename Body> void attempt(const Body &body)
    {
        if (setjmp(png_jmpbuf(m_png)) == 0) // NOLINT: the library's way
            body();
        else
            failPicture(m_name, "PNG", m_problem.text.data());
    }

    void readHeader()
    {
        constexpr png_uint_32 kLongestSide = 1U << 27U;
        png_set_user_limits(m_png, kLongestSide, kLongestSide);
        png_set_keep_unknown_chunks(m_png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1); // only what the pixels need
        png_set_read_fn(m_png, &m_source, readBytes);
        png_read_info(m_png, m_info);
    }

    [[nodiscard]] std::int64_t mostPixels() const
    {
        const std::int64_t bits = std::int64_t{png_get_bit_depth(m_png, m_info)} * png_get_channels(m_png, m_info);
        return static_cast<std::int64_t>(m_source.bytes.size()) * kMostDeflated * 8 / bits;
    }

    void askForRgb()
    {
        png_set_palette_to_rgb(m_png);
        png_set_expand_gray_1_2_4_to_8(m_png);
        png_set_strip_16(m_png);
        png_set_strip_alpha(m_png);
        png_set_gray_to_rgb(m_png);
        png_set_interlace_handling(m_png);
        png_read_update_info(m_png, m_info);
    }

    Source m_source;
    const std::string &m_name;
    Problem m_problem;
    png_structp m_png;
    png_infop m_info = nullptr;
};

} // namespace

Image decodePng(Bytes bytes, const std::string &name)
{
    return Reader(bytes, name).read();
}

} // namespace engine::image
