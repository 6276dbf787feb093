// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/weight_files.h"
#include "checkpoint/weights.h"
#include "engine/error.h"

#include <QTemporaryDir>
#include <QTest>

#include <zip.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <sstream>
#include <string>

using namespace engine;
using namespace engine::checkpoint;
using namespace std::string_literals;

namespace fs = std::filesystem;

namespace {

const fs::path kFixtures = fs::path(MODELARIUM_FIXTURES) / "checkpoints";
const RunControl kControl;

std::string failure(const std::function<void()> &call)
{
    try {
        call();
    } catch (const Error &e) {
        return (e.kind() == ErrorKind::File ? "" : "not a File error: ") + std::string(e.what());
    }
    return "no error";
}

void verifyContains(const std::string &text, const std::string &part)
{
    QVERIFY2(text.find(part) != std::string::npos, (text + "\n   has no: " + part).c_str());
}

std::string opening(const fs::path &directory)
{
    return failure([&] { static_cast<void>(openWeightFiles(directory, kControl)); });
}

std::string content(const fs::path &file)
{
    std::ostringstream out;
    out << std::ifstream(file, std::ios::binary).rdbuf();
    return out.str();
}

std::string bytesOf(std::uint64_t value, std::size_t width = 8)
{
    std::string out(width, '\0');
    std::memcpy(out.data(), &value, width);
    return out;
}

std::string bytesOf(std::span<const float> values)
{
    return {reinterpret_cast<const char *>(values.data()), values.size_bytes()};
}

std::string safetensors(const std::string &header, const std::string &data)
{
    return bytesOf(header.size()) + header + data;
}

std::string entry(const std::string &name, const std::string &shape, int begin, int end,
                  const std::string &dtype = "F32")
{
    return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":[" +
           std::to_string(begin) + "," + std::to_string(end) + "]}";
}

// ---- pickles by hand, protocol 2 ----
std::string text(const std::string &value)
{
    return "X" + bytesOf(value.size(), 4) + value;
}

std::string integer(std::int64_t value)
{
    return "\x8a\x08" + bytesOf(static_cast<std::uint64_t>(value));
}

std::string tuple(const std::vector<std::int64_t> &values)
{
    std::string out = "(";
    for (const auto value : values)
        out += integer(value);
    return out + "t";
}

std::string storage(const std::string &key, std::int64_t elements, const std::string &view = "")
{
    return "(" + text("storage") + "ctorch\nFloatStorage\n" + text(key) + text("cpu") + integer(elements) + view + "tQ";
}

std::string tensor(const std::string &storageId, std::int64_t offset, const std::vector<std::int64_t> &shape,
                   const std::vector<std::int64_t> &strides)
{
    return "ctorch._utils\n_rebuild_tensor_v2\n(" + storageId + integer(offset) + tuple(shape) + tuple(strides) +
           "\x89"
           "ccollections\nOrderedDict\n)RtR";
}

std::string pickled(const std::string &value)
{
    return "\x80\x02" + value + ".";
}

std::string dictionary(const std::vector<std::pair<std::string, std::string>> &entries)
{
    std::string out = "}(";
    for (const auto &[key, value] : entries)
        out += text(key) + value;
    return out + "u";
}

std::string stream(const std::string &object, const std::vector<std::string> &keys, const std::string &storages)
{
    std::string list = "](";
    for (const auto &key : keys)
        list += text(key);
    return pickled("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19") + pickled("M\xe9\x03") +
           pickled("}" + text("little_endian") + "\x88s") + pickled(object) + pickled(list + "e") + storages;
}

} // namespace

class CheckpointTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    int m_count = 0;

    // A new directory with one file.
    fs::path directoryWith(const std::string &name, const std::string &bytes)
    {
        const fs::path directory = fs::path(m_folder.path().toStdString()) / std::to_string(++m_count);
        fs::create_directory(directory);
        std::ofstream(directory / name, std::ios::binary) << bytes;
        return directory;
    }

    fs::path withSafetensors(const std::string &header, const std::string &data)
    {
        return directoryWith("model.safetensors", safetensors(header, data));
    }

    fs::path withZip(const std::map<std::string, std::string> &entries)
    {
        const fs::path directory = directoryWith("unused", "");
        zip_t *archive = zip_open((directory / "pytorch_model.bin").c_str(), ZIP_CREATE, nullptr);
        for (const auto &[name, bytes] : entries) {
            const auto index =
                zip_file_add(archive, name.c_str(), zip_source_buffer(archive, bytes.data(), bytes.size(), 0), 0);
            zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
        }
        zip_close(archive);
        return directory;
    }

    Weights weights(const std::vector<std::pair<std::string, std::vector<float>>> &tensors, NameRules rules,
                    bool ignoresNonFinite = false)
    {
        std::string header = "{";
        std::string data;
        for (const auto &[name, values] : tensors) {
            const auto begin = static_cast<int>(data.size());
            data += bytesOf(std::span<const float>(values));
            header += (header.size() > 1 ? "," : "") +
                      entry(name, "[" + std::to_string(values.size()) + "]", begin, static_cast<int>(data.size()));
        }
        return {openWeightFiles(withSafetensors(header + "}", data), kControl), std::move(rules), kControl,
                ignoresNonFinite};
    }

private slots:
    void everyLayoutGivesTheSameTensors_data()
    {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("format");
        QTest::newRow("safetensors") << "safetensors"
                                     << "safetensors";
        QTest::newRow("safetensors shards") << "safetensors-shards"
                                            << "safetensors, 2 shards";
        QTest::newRow("zip") << "zip"
                             << "torch zip";
        QTest::newRow("deflated zip") << "zip-deflated"
                                      << "torch zip";
        QTest::newRow("zip shards") << "zip-shards"
                                    << "torch zip, 2 shards";
        QTest::newRow("stream") << "stream"
                                << "torch stream";
        QTest::newRow("in a training checkpoint") << "wrapped"
                                                  << "torch zip";
    }

    // Element i of every tensor of these fixtures is i (see make.py beside them), whatever its strides.
    void everyLayoutGivesTheSameTensors()
    {
        QFETCH(QString, folder);
        QFETCH(QString, format);
        const auto files = openWeightFiles(kFixtures / folder.toStdString(), kControl);
        QCOMPARE(QString::fromStdString(files.format), format);
        const std::map<std::string, std::string> expected{
            {"weight", "F32 (3, 4)"},     {"tied", "F32 (3, 4)"},        {"slice", "F32 (2, 3)"},
            {"transposed", "F32 (3, 2)"}, {"permuted", "F32 (2, 3, 4)"}, {"expanded", "F32 (3)"},
            {"scalar", "F32 ()"},         {"empty", "F32 (0, 3)"},       {"parameter", "F32 (4)"},
            {"type.F16", "F16 (6)"},      {"type.BF16", "BF16 (6)"},     {"type.F64", "F64 (6)"},
            {"type.I64", "I64 (6)"},      {"type.I32", "I32 (6)"},       {"type.I16", "I16 (6)"},
            {"type.I8", "I8 (6)"},        {"type.U8", "U8 (6)"},         {"type.BOOL", "BOOL (6)"}};
        QCOMPARE(files.tensors.size(), expected.size());
        for (const auto &[name, description] : expected) {
            const auto found = files.tensors.find(name);
            QVERIFY2(found != files.tensors.end(), name.c_str());
            const Tensor loaded = found->second.load();
            QCOMPARE(std::string(engine::name(loaded.dtype())) + " " + loaded.shape().text(), description);
            QCOMPARE(found->second.shape, loaded.shape());
            const bool isInteger = loaded.dtype() >= DType::I64;
            const Tensor numbers = isInteger ? loaded.toInts() : loaded.toFloats();
            for (std::int64_t i = 0; i < numbers.elements(); ++i) {
                const auto at = static_cast<std::size_t>(i);
                const double value = isInteger ? static_cast<double>(numbers.ints()[at]) : numbers.floats()[at];
                const double wanted = name == "expanded"    ? 0
                                      : name == "type.BOOL" ? static_cast<double>(i % 2)
                                                            : static_cast<double>(i);
                QVERIFY2(value == wanted, (name + " at " + std::to_string(i) + ": " + std::to_string(value)).c_str());
            }
        }
    }

    void realCheckpointsOpen()
    {
        const fs::path models = fs::path(MODELARIUM_SHARED_FIXTURES) / "models";
        if (!fs::exists(models))
            QSKIP("no ../shared/fixtures/models");
        std::map<std::string, int> formats;
        for (const auto &file : fs::recursive_directory_iterator(models)) {
            if (file.path().filename() != "config.json" || !fs::exists(file.path().parent_path() / "parity.json"))
                continue;
            const auto directory = file.path().parent_path();
            bool hasWeights = false;
            for (const auto &other : fs::directory_iterator(directory))
                hasWeights = hasWeights || other.path().filename().string().starts_with("pytorch_model") ||
                             other.path().filename().string().starts_with("model");
            if (!hasWeights)
                continue;
            const auto files = openWeightFiles(directory, kControl);
            ++formats[files.format.substr(0, files.format.find(','))];
            for (const auto &[name, entry] : files.tensors)
                QCOMPARE(entry.load().shape(), entry.shape);
        }
        QVERIFY(formats["safetensors"] > 0 && formats["torch zip"] > 0 && formats["torch stream"] > 0);
    }

    void safetensorsArePreferredAndMapped()
    {
        const auto directory = withSafetensors("{" + entry("a", "[2]", 0, 8) + R"(,"__metadata__":{"format":"pt"}})",
                                               bytesOf(std::array{1.F, 2.F}));
        fs::copy_file(kFixtures / "zip" / "pytorch_model.bin", directory / "pytorch_model.bin");
        const auto files = openWeightFiles(directory, kControl);
        QCOMPARE(files.format, "safetensors"s);
        QCOMPARE(files.metadata.at("format"), "pt"s);
        QCOMPARE(files.bytes, static_cast<std::int64_t>(fs::file_size(directory / "model.safetensors")));
        QCOMPARE(openWeightFile(directory / "pytorch_model.bin", kControl).format, "torch zip"s);
        QCOMPARE(opening(directory / "pytorch_model.bin"),
                 (directory / "pytorch_model.bin").string() + ": expected a folder, found a file");
        // Two loads of an aligned tensor share the mapping.
        const auto aligned = openWeightFiles(
            withSafetensors("{" + entry("a", "[2]", 0, 8) + "} ", bytesOf(std::array{1.F, 2.F})), kControl);
        const auto unaligned = openWeightFiles(
            withSafetensors("{" + entry("a", "[2]", 0, 8) + "}", bytesOf(std::array{1.F, 2.F})), kControl);
        int shared = 0;
        for (const auto *which : {&aligned, &unaligned}) {
            const auto &one = which->tensors.at("a");
            const Tensor first = one.load();
            const Tensor second = one.load();
            shared += first.data() == second.data() ? 1 : 0;
            QCOMPARE(reinterpret_cast<std::uintptr_t>(first.data()) % 4, std::uintptr_t{0});
            QCOMPARE(second.floats()[1], 2.F);
        }
        QVERIFY(shared <= 1); // their headers differ by one byte: they cannot both be aligned
    }

    void missingFilesAreNamed()
    {
        const auto empty = directoryWith("config.json", "{}");
        QCOMPARE(opening(empty), empty.string() +
                                     ": no weights (looked for model.safetensors, model.safetensors.index.json, "
                                     "pytorch_model.bin, pytorch_model.bin.index.json, one *.pth)");
        QCOMPARE(opening(empty / "none"), (empty / "none").string() + ": missing");
        verifyContains(opening(directoryWith("tf_model.h5", "\x89HDF")),
                       "tf_model.h5: these weights are not supported");
        verifyContains(opening(directoryWith("model.safetensors", "")), "expected weights, found an empty file");
        verifyContains(opening(directoryWith("pytorch_model.bin", "\x80\x02]q.")),
                       "a pickle, but not one that PyTorch writes");
    }

    void badSafetensors_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("message");
        const auto row = [](const char *name, const std::string &bytes, const char *message) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes) << QString(message);
        };
        const std::string eight(8, '\0');
        row("no length", "abc", "truncated: expected at least 8 bytes, found 3");
        row("header of 2^60 bytes", bytesOf(std::uint64_t{1} << 60U) + "{}",
            "the header claims 1152921504606846976 bytes");
        row("header cut", safetensors("{" + entry("a", "[2]", 0, 8) + "}", "").substr(0, 30), "the header claims");
        row("header no JSON", safetensors("{\"a\": nope}", ""), "not valid JSON: parse error");
        row("header a list", safetensors("[]", ""), "expected a JSON object as header, found a list");
        row("deep header", safetensors("{\"a\":" + std::string(100000, '['), ""), "nested deeper than 512 levels");
        row("data cut", safetensors("{" + entry("a", "[2]", 0, 8) + "}", "1234567"),
            "tensor a: the data ends at byte 8, but the file has only 7 bytes of data (truncated?)");
        row("overlong", safetensors("{" + entry("a", "[2]", 0, 8) + "}", eight + "garbage"),
            "overlong file: expected 8 bytes of data, found 15");
        row("overlap",
            safetensors("{" + entry("a", "[2]", 0, 8) + "," + entry("b", "[2]", 4, 12) + "}", eight + "1234"),
            "tensor b: overlaps with tensor a (begins at byte 4, which is before byte 8)");
        row("gap", safetensors("{" + entry("a", "[1]", 0, 4) + "," + entry("b", "[1]", 8, 12) + "}", eight + "1234"),
            "tensor b: expected to begin at byte 4, found 8");
        row("duplicate", safetensors("{" + entry("a", "[1]", 0, 4) + "," + entry("a", "[1]", 4, 8) + "}", eight),
            "the name a occurs twice");
        row("wrong size", safetensors("{" + entry("a", "[3]", 0, 8) + "}", eight),
            "tensor a: expected 12 bytes for shape (3) of type F32, found 8");
        row("wrong type size", safetensors("{" + entry("a", "[2]", 0, 8, "F16") + "}", eight),
            "tensor a: expected 4 bytes for shape (2) of type F16, found 8");
        row("unknown type", safetensors("{" + entry("a", "[2]", 0, 8, "F4") + "}", eight), "found F4");
        row("negative size", safetensors("{" + entry("a", "[-2]", 0, 8) + "}", eight),
            "tensor a: shape: expected integers from 0 to 2^63 − 1, found -2");
        row("overflow", safetensors("{" + entry("a", "[4294967296,4294967296,2]", 0, 8) + "}", eight),
            "the shape (4294967296, 4294967296, 2) is too large");
        row("overflow hidden by a zero", safetensors("{" + entry("a", "[0,4294967296,4294967296]", 0, 0) + "}", ""),
            "is too large");
        row("size beyond 64 bits", safetensors("{" + entry("a", "[18446744073709551616]", 0, 8) + "}", eight),
            "found 1.8446744073709552e+19");
        row("offsets reversed", safetensors("{" + entry("a", "[2]", 8, 0) + "}", eight),
            "expected [begin, end] with begin ≤ end, found [8,0]");
        row("no shape", safetensors(R"({"a":{"dtype":"F32","data_offsets":[0,8]}})", eight),
            "tensor a: the header gives no shape");
        row("no entry", safetensors(R"({"a":3})", eight), "tensor a: expected an object in the header, found 3");
    }

    void badSafetensors()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, message);
        const auto directory = directoryWith("model.safetensors", bytes.toStdString());
        const auto found = opening(directory);
        verifyContains(found, message.toStdString());
        QVERIFY2(found.starts_with((directory / "model.safetensors").string() + ": "), found.c_str());
    }

    void shardsStayInTheirFolder()
    {
        const auto index = [&](const std::string &map) {
            return directoryWith("model.safetensors.index.json", R"({"weight_map":)" + map + "}");
        };
        const auto missing = index(R"({"a":"model-1.safetensors"})");
        QCOMPARE(opening(missing),
                 (missing / "model-1.safetensors").string() + ": missing; model.safetensors.index.json names it");
        for (const std::string bad : {"../x.safetensors", "a/../../x", "/etc/passwd", "", ".."})
            verifyContains(opening(index("{\"a\":\"" + bad + "\"}")),
                           "the shard \"" + bad + "\" does not lie in the folder of the index");
        verifyContains(opening(index(R"({"a":3})")), "weight_map: a: expected a file name, found 3");
        verifyContains(opening(index("{}")),
                       "weight_map: expected an object of file names by tensor, found an empty one");
        verifyContains(opening(directoryWith("model.safetensors.index.json", "[]")), "found none");
        const auto lies = index(R"({"a":"s.safetensors","b":"s.safetensors"})");
        std::ofstream(lies / "s.safetensors", std::ios::binary)
            << safetensors("{" + entry("a", "[1]", 0, 4) + "}", "1234");
        QCOMPARE(opening(lies), (lies / "s.safetensors").string() +
                                    ": tensor b is missing; model.safetensors.index.json says that it is there");
    }

    void picklesThatCallAreRefused()
    {
        const std::string system = "cos\nsystem\n" + text("touch /tmp/x") + "\x85R";
        const auto message = "the pickle refers to os.system, which is not allowed (nothing was executed)"s;
        verifyContains(opening(withZip({{"m/data.pkl", pickled(system)}})), message);
        verifyContains(opening(withZip({{"m/data.pkl", pickled(dictionary({{"a", system}}))}})), message);
        verifyContains(opening(directoryWith("pytorch_model.bin", stream(system, {}, ""))), message);
        verifyContains(opening(withZip({{"m/data.pkl", pickled("c__builtin__\neval\n" + text("1") + "\x85R")}})),
                       "refers to __builtin__.eval");
    }

    void badTorchZips()
    {
        const auto refused = [&](const std::string &value, const std::string &data = std::string(24, '\0')) {
            return opening(withZip({{"m/data.pkl", pickled(value)}, {"m/data/0", data}}));
        };
        const auto one = [&](const std::string &t) { return refused(dictionary({{"a", t}})); };
        QCOMPARE(one(tensor(storage("0", 6), 0, {2, 3}, {3, 1})), "no error"s);
        verifyContains(opening(withZip({{"m/other", "x"}})), "no torch file: the zip archive has no <name>/data.pkl");
        verifyContains(opening(withZip({{"m/data.pkl", pickled("}")}, {"m/byteorder", "big"}})),
                       "expected the byte order little, found big");
        verifyContains(refused("K\x05"), "expected a dictionary of tensors, found the integer 5");
        verifyContains(refused("}"), "no tensors in it");
        verifyContains(refused("\xff"), "opcode 255 is unknown or not allowed");
        verifyContains(one(tensor(storage("1", 6), 0, {6}, {1})), "tensor a: its storage m/data/1 is missing");
        verifyContains(one(tensor(storage("0", 7), 0, {6}, {1})), "tensor a: storage 0: expected 28 bytes, found 24");
        const std::string outside = "does not lie in its storage of 6 elements";
        verifyContains(one(tensor(storage("0", 6), 1, {6}, {1})), outside);
        verifyContains(one(tensor(storage("0", 6), -1, {6}, {1})), outside);
        verifyContains(one(tensor(storage("0", 6), 0, {2, 3}, {4, 1})), outside);
        verifyContains(one(tensor(storage("0", 6), 0, {3}, {std::int64_t{1} << 62})), outside);
        verifyContains(one(tensor(storage("0", 6), 7, {0}, {1})), outside);
        verifyContains(one(tensor(storage("0", 6), 0, {2, 3}, {1})), "shape (2, 3) and strides (1) differ in length");
        verifyContains(one(tensor(storage("0", 6), 0, {-1}, {1})),
                       "expected integers ≥ 0 as sizes and strides, found the integer -1");
        verifyContains(one(tensor(storage("0", 6), 0, {1LL << 40, 1LL << 40}, {0, 0})), "is too large");
        verifyContains(one(tensor(storage("0", 6), 0, {1LL << 40}, {0})),
                       "repeats elements beyond the size of the file");
        verifyContains(one(tensor(storage("0", -6), 0, {6}, {1})), "storage 0 claims -6 elements");
        verifyContains(one(tensor(storage("0", 1LL << 62), 0, {6}, {1})), "claims 4611686018427387904 elements");
        verifyContains(one(tensor(integer(3), 0, {6}, {1})), "expected a storage, an offset, a shape and strides");
        verifyContains(one(tensor(text("storage") + "\x85Q", 0, {6}, {1})),
                       "expected the id of a storage, found a tuple of 1");
        const std::vector<std::int64_t> manyAxes(70, 1);
        verifyContains(one(tensor(storage("0", 6), 0, manyAxes, manyAxes)), "expected at most 64 axes, found 70");
    }

    void truncatedAndSwollenZips()
    {
        const std::string good = content(kFixtures / "zip-deflated" / "pytorch_model.bin");
        verifyContains(opening(directoryWith("pytorch_model.bin", good.substr(0, good.size() / 2))),
                       "damaged zip archive: no directory at its end (truncated");
        std::string bomb = good;
        bomb.replace(good.find("PK\x01\x02") + 24, 4, "\xf0\xff\xff\xff");
        verifyContains(opening(directoryWith("pytorch_model.bin", bomb)),
                       "claims to unpack to 4294967280 bytes, more than 64 times the size of the file");
    }

    void streamsWithViewsAndPython2Dictionaries()
    {
        const std::string view = "(" + text("v") + integer(2) + integer(3) + "t";
        const std::string viewed = tensor(storage("7", 6, view), 1, {2}, {1});
        // OrderedDict([['a', …]]) is how Python 2 wrote it.
        const std::string pairs = "ccollections\nOrderedDict\n](](" + text("a") + viewed + "ee\x85R";
        const std::string data = bytesOf(6) + bytesOf(std::array{0.F, 1.F, 2.F, 3.F, 4.F, 5.F});
        const auto files = openWeightFiles(directoryWith("pytorch_model.bin", stream(pairs, {"7"}, data)), kControl);
        QCOMPARE(files.format, "torch stream"s);
        const Tensor loaded = files.tensors.at("a").load();
        QCOMPARE(loaded.shape(), Shape({2}));
        QCOMPARE(loaded.floats()[0], 3.F);
        QCOMPARE(loaded.floats()[1], 4.F);
    }

    void badTorchStreams()
    {
        const std::string object = dictionary({{"a", tensor(storage("7", 2), 0, {2}, {1})}});
        const std::string data = bytesOf(2) + bytesOf(std::array{1.F, 2.F});
        const auto refused = [&](const std::string &bytes) {
            return opening(directoryWith("pytorch_model.bin", bytes));
        };
        QCOMPARE(refused(stream(object, {"7"}, data)), "no error"s);
        verifyContains(refused(stream(object, {"7"}, data.substr(0, 12))),
                       "truncated: storage 7 needs 8 bytes, found 4");
        verifyContains(refused(stream(object, {"7"}, "1234")), "truncated: storage 7 needs 8 bytes, found 4");
        verifyContains(refused(stream(object, {"7"}, data + "xyz")), "overlong file: 3 bytes after the last storage");
        verifyContains(refused(stream(object, {"7"}, bytesOf(std::uint64_t{1} << 60U))),
                       "storage 7: expected 2 elements, found 1152921504606846976");
        verifyContains(refused(stream(object, {}, "")), "its storage 7 is missing");
        verifyContains(refused(stream(object, {"7", "8"}, data)), "storage 8 is in the list, but nothing refers to it");
        verifyContains(refused(stream(object, {"7", "7"}, data + data)), "storage 7 occurs twice");
        const std::string outside = "(" + text("v") + integer(1) + integer(2) + "t";
        verifyContains(refused(stream(dictionary({{"a", tensor(storage("7", 2, outside), 0, {1}, {1})}}), {"7"}, data)),
                       "a view does not lie in storage 7 of 2 elements");
        verifyContains(refused(stream(object, {"7"}, data).substr(0, 60)), "malformed pickle");
    }

    void filesCutShortWhileOpenFailInsteadOfCrashing()
    {
        std::vector<float> values(20000, 1.F);
        const auto directory =
            withSafetensors("{" + entry("a", "[20000]", 0, 80000) + "}", bytesOf(std::span<const float>(values)));
        const auto files = openWeightFiles(directory, kControl);
        fs::resize_file(directory / "model.safetensors", 200);
        verifyContains(failure([&] { static_cast<void>(files.tensors.at("a").load()); }),
                       "the file was cut short while it was open");
    }

    void namesAreFoundByTheRules()
    {
        const NameRules rules{.prefixes = {"bert."},
                              .endings = {{".weight", ".gamma"}, {".bias", ".beta"}},
                              .aliases = {{"bert.embed.weight", "cls.decoder.weight"}},
                              .ignored = {".position_ids"}};
        const auto w = weights({{"encoder.0.norm.gamma", {1}},
                                {"bert.encoder.0.norm.beta", {2}},
                                {"cls.decoder.weight", {3, 4}},
                                {"embed.position_ids", {0}},
                                {"extra", {5}}},
                               rules);
        const Weights layer = w / "bert" / "encoder" / 0;
        QCOMPARE(layer.path(), "bert.encoder.0"s);
        QCOMPARE((layer / "norm").tensor("weight", {1}).floats()[0], 1.F);       // prefix left out, older ending
        QCOMPARE((w / "encoder" / 0).tensor("norm.bias", {1}).floats()[0], 2.F); // prefix added, older ending
        QCOMPARE((w / "bert").tensor("embed.weight", {2}).floats()[1], 4.F);     // alias
        QCOMPARE(w.tensor("cls.decoder.weight", {2}).floats()[0], 3.F);
        QVERIFY(w.has("bert.embed.weight"));
        QVERIFY(!w.has("bert.pooler.weight"));
        QCOMPARE(w.shapeOf("bert.embed.weight"), std::optional(Shape({2})));
        QVERIFY(!w.shapeOf("none"));
        QVERIFY(w.optional("none", {1}).isNull());
        QCOMPARE(w.unused(), std::vector<std::string>{"extra"});
        QCOMPARE(w.bound(),
                 (std::vector<std::pair<std::string, std::int64_t>>{
                     {"bert.encoder.0.norm.weight", 1}, {"encoder.0.norm.bias", 1}, {"bert.embed.weight", 2}}));
    }

    void wrongTensorsAreNamed()
    {
        const auto directory =
            withSafetensors("{" + entry("a.weight", "[2,3]", 0, 24) + "," + entry("n", "[1]", 24, 32, "I64") + "}",
                            std::string(32, '\0'));
        const Weights w(openWeightFiles(directory, kControl), {.prefixes = {"bert."}, .endings = {{".bias", ".beta"}}},
                        kControl, false);
        const auto binding = [&](const std::string &name, const Shape &shape) {
            return failure([&] { static_cast<void>(w.tensor(name, shape)); });
        };
        const std::string file = (directory / "model.safetensors").string();
        QCOMPARE(binding("a.weight", {3, 2}), file + ": tensor a.weight: expected shape (3, 2), found (2, 3)");
        QCOMPARE(binding("n", {1}), file + ": tensor n: expected a type of floating-point numbers, found I64");
        QCOMPARE(binding("a.bias", {3}),
                 directory.string() +
                     ": tensor a.bias is missing (looked for a.bias, bert.a.bias, a.beta, bert.a.beta)");
        verifyContains(failure([&] { static_cast<void>(w.optional("a.weight", {1})); }),
                       "expected shape (1), found (2, 3)");
    }

    void nonFiniteWeightsAreRefusedUnlessAskedFor()
    {
        std::vector<float> values(10000, 1.F);
        const auto binding = [&](bool ignores) {
            const auto w = weights({{"a", values}}, {}, ignores);
            return failure([&] { static_cast<void>(w.tensor("a", {10000})); });
        };
        values[3] = std::numeric_limits<float>::max();
        values[4] = std::numeric_limits<float>::denorm_min();
        values[5] = -std::numeric_limits<float>::max();
        QCOMPARE(binding(false), "no error"s);
        values[9999] = std::numeric_limits<float>::quiet_NaN();
        verifyContains(binding(false),
                       "model.safetensors: tensor a: expected finite numbers, found NaN at element 9999");
        values[5000] = -std::numeric_limits<float>::infinity();
        verifyContains(binding(false), "found -inf at element 5000");
        QCOMPARE(binding(true), "no error"s);
    }

    void furtherFilesAddTensors()
    {
        auto w = weights({{"a", {1}}}, {});
        const auto more =
            openWeightFiles(withSafetensors("{" + entry("b", "[1]", 0, 4) + "}", bytesOf(std::array{2.F})), kControl);
        const auto before = w.files().bytes;
        w.add(more);
        QCOMPARE(w.tensor("b", {1}).floats()[0], 2.F);
        QCOMPARE(w.files().bytes, before + more.bytes);
        QCOMPARE(w.files().files.size(), std::size_t{2});
        verifyContains(failure([&] { w.add(more); }), "tensor b lies in ");
    }

    void loadingReportsBytesAndCanBeStopped()
    {
        std::stop_source stop;
        std::vector<Progress> seen;
        const RunControl control{.stopToken = stop.get_token(),
                                 .progress = [&](const Progress &p) { seen.push_back(p); }};
        const auto directory = withSafetensors("{" + entry("a", "[2]", 0, 8) + "," + entry("b", "[1]", 8, 12) + "}",
                                               std::string(12, '\0'));
        const Weights w(openWeightFiles(directory, control), {}, control, false);
        static_cast<void>(w.tensor("a", {2}));
        QCOMPARE(seen.size(), std::size_t{1});
        QCOMPARE(seen[0].done, std::int64_t{8});
        QCOMPARE(seen[0].unit, "bytes"s);
        QCOMPARE(seen[0].total, static_cast<std::int64_t>(fs::file_size(directory / "model.safetensors")));
        stop.request_stop();
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(w.tensor("b", {1})), Cancelled);
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(openWeightFiles(directory, control)), Cancelled);
    }
};

QTEST_GUILESS_MAIN(CheckpointTest)
#include "checkpoint_test.moc"
