// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/layouts.h"
#include "checkpoint/torch_pickle.h"
#include "files/zip_archive.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

namespace engine::checkpoint {
namespace {

using files::PickleKind;
using files::PickleValue;
using files::ZipArchive;
using files::ZipEntry;

constexpr std::string_view kDataPickle = "/data.pkl";
// LONG1 of 10 bytes with 0x1950a86a20f9469cfc6c, then STOP; before it stand PROTO and its version.
constexpr std::string_view kMagic("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 13);
constexpr std::int64_t kStreamProtocol = 1001;

files::PickleOptions stateDictOptions()
{
    return {.allows = isAllowedInStateDict};
}

WeightFiles describe(const MappedFilePtr &file, std::string format)
{
    WeightFiles out;
    out.files = {file->file()};
    out.bytes = static_cast<std::int64_t>(file->bytes().size());
    out.format = std::move(format);
    return out;
}

std::int64_t fileBytes(const MappedFilePtr &file)
{
    return static_cast<std::int64_t>(file->bytes().size());
}

// "archive" of "archive/data.pkl".
std::string topFolder(const ZipArchive &archive)
{
    for (const auto &[name, entry] : archive.entries())
        if (name.ends_with(kDataPickle) && name.find('/') == name.size() - kDataPickle.size())
            return name.substr(0, name.size() - kDataPickle.size());
    failFile(archive.file()->file().string() + ": no torch file: the zip archive has no <name>/data.pkl");
}

void checkByteOrder(const ZipArchive &archive, const std::string &folder)
{
    const ZipEntry *entry = archive.find(folder + "/byteorder");
    if (!entry || entry->bytes > 16)
        return;
    const auto bytes = archive.read(*entry);
    std::string order;
    for (const auto byte : bytes)
        order += static_cast<char>(byte);
    if (order != "little")
        failFile(archive.file()->file().string() + ": expected the byte order little, found " + order);
}

StorageBytes bytesOf(const ZipArchive &archive, const ZipEntry &entry)
{
    if (entry.isStored) {
        archive.file()->ensureIntact();
        return {.data = archive.stored(entry).data(), .owner = archive.file()};
    }
    const auto unpacked = std::make_shared<const std::vector<std::byte>>(archive.read(entry));
    return {.data = unpacked->data(), .owner = unpacked};
}

// ---- the stream of pickles ----

class StreamReader {
public:
    explicit StreamReader(const MappedFilePtr &file) : m_file(file), m_name(file->file().string()) {}

    std::shared_ptr<const files::PickleTree> pickle(const files::PickleOptions &options)
    {
        auto tree = files::readPickle(m_name, m_file->bytes().subspan(m_position), options);
        m_position += tree->bytesRead();
        return tree;
    }

    // The element count of 8 bytes before each storage; the elements follow it.
    std::int64_t count(const std::string &key)
    {
        need(key, sizeof(std::int64_t));
        std::int64_t value = 0;
        std::memcpy(&value, m_file->bytes().data() + m_position, sizeof(value));
        m_position += sizeof(value);
        return value;
    }

    std::size_t skip(const std::string &key, std::int64_t bytes)
    {
        need(key, static_cast<std::size_t>(bytes));
        return std::exchange(m_position, m_position + static_cast<std::size_t>(bytes));
    }

    [[nodiscard]] std::size_t remaining() const { return m_file->bytes().size() - m_position; }

private:
    void need(const std::string &key, std::size_t bytes) const
    {
        if (bytes > remaining())
            failFile(m_name + ": truncated: storage " + key + " needs " + std::to_string(bytes) + " bytes, found " +
                     std::to_string(remaining()));
    }

    const MappedFilePtr &m_file;
    std::string m_name;
    std::size_t m_position = 0;
};

void checkSystem(const std::string &file, PickleValue protocol, PickleValue system)
{
    if (!protocol.is(PickleKind::Int) || protocol.integer() != kStreamProtocol)
        failFile(file + ": expected protocol " + std::to_string(kStreamProtocol) + ", found " + protocol.describe());
    for (std::size_t i = 0; i < system.entryCount(); ++i)
        if (system.key(i).text() == "little_endian" && system.value(i).integer() == 0)
            failFile(file + ": expected the byte order little, found big");
}

// Storages by key, with their types; also those that no tensor of the state dict uses, since they have to be skipped.
std::map<std::string, StorageReference, std::less<>> storagesOf(const std::string &file, const files::PickleTree &tree)
{
    std::map<std::string, StorageReference, std::less<>> out;
    for (const auto id : tree.persistentIds()) {
        auto reference = storageReference(file, id);
        const auto [it, isNew] = out.try_emplace(reference.key, reference);
        if (it->second.dtype != reference.dtype || it->second.elements != reference.elements)
            failFile(file + ": storage " + reference.key + " has two types or sizes");
    }
    return out;
}

// Where in the file each storage begins.
std::map<std::string, std::size_t, std::less<>>
locateStorages(const std::string &file, StreamReader &reader, PickleValue keys,
               const std::map<std::string, StorageReference, std::less<>> &storages)
{
    if (!keys.is(PickleKind::List))
        failFile(file + ": expected a list of storages, found " + keys.describe());
    std::map<std::string, std::size_t, std::less<>> out;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::string key(keys[i].text());
        const auto storage = storages.find(key);
        if (storage == storages.end())
            failFile(file + ": storage " + key + " is in the list, but nothing refers to it");
        const auto count = reader.count(key);
        if (count != storage->second.elements)
            failFile(file + ": storage " + key + ": expected " + std::to_string(storage->second.elements) +
                     " elements, found " + std::to_string(count));
        const auto begin = reader.skip(key, checkedBytes(Shape{count}, storage->second.dtype));
        if (!out.emplace(key, begin).second)
            failFile(file + ": storage " + key + " occurs twice");
    }
    if (reader.remaining() != 0)
        failFile(file + ": overlong file: " + std::to_string(reader.remaining()) + " bytes after the last storage");
    return out;
}

} // namespace

WeightFiles readTorchZip(const MappedFilePtr &file)
{
    const std::string name = file->file().string();
    const auto archive = std::make_shared<const ZipArchive>(ZipArchive::open(file));
    const std::string folder = topFolder(*archive);
    checkByteOrder(*archive, folder);
    const auto pickled = archive->read(*archive->find(folder + std::string(kDataPickle)));
    const auto tree = files::readPickle(name, pickled, stateDictOptions());
    WeightFiles out = describe(file, "torch zip");
    for (auto &tensor : tensorsOf(name, tree->root(), fileBytes(file))) {
        const auto &storage = tensor.storage;
        const ZipEntry *entry = archive->find(folder + "/data/" + storage.key);
        if (!entry)
            failFile(name + ": tensor " + tensor.name + ": its storage " + folder + "/data/" + storage.key +
                     " is missing");
        const auto expected = checkedBytes(Shape{storage.elements}, storage.dtype);
        if (entry->bytes != static_cast<std::uint64_t>(expected))
            failFile(name + ": tensor " + tensor.name + ": storage " + storage.key + ": expected " +
                     std::to_string(expected) + " bytes, found " + std::to_string(entry->bytes));
        const std::string tensorName = tensor.name;
        out.tensors[tensorName] = {.shape = tensor.shape,
                                   .dtype = storage.dtype,
                                   .file = file->file(),
                                   .load = [archive, entry, tensor = std::move(tensor)] {
                                       return materialise(tensor, bytesOf(*archive, *entry));
                                   }};
    }
    return out;
}

bool isTorchStream(const MappedFilePtr &file)
{
    const auto text = file->text();
    return text.starts_with('\x80') && text.substr(std::min<std::size_t>(2, text.size())).starts_with(kMagic);
}

WeightFiles readTorchStream(const MappedFilePtr &file)
{
    const std::string name = file->file().string();
    StreamReader reader(file);
    static_cast<void>(reader.pickle({})); // the magic number, which isTorchStream() has seen
    const auto protocol = reader.pickle({});
    const auto system = reader.pickle({});
    checkSystem(name, protocol->root(), system->root());
    const auto tree = reader.pickle(stateDictOptions());
    auto tensors = tensorsOf(name, tree->root(), fileBytes(file));
    const auto storages = storagesOf(name, *tree);
    const auto keys = reader.pickle({});
    const auto begins = locateStorages(name, reader, keys->root(), storages);
    WeightFiles out = describe(file, "torch stream");
    for (auto &tensor : tensors) {
        const auto begin = begins.find(tensor.storage.key);
        if (begin == begins.end())
            failFile(name + ": tensor " + tensor.name + ": its storage " + tensor.storage.key + " is missing");
        const std::string tensorName = tensor.name;
        out.tensors[tensorName] = {.shape = tensor.shape,
                                   .dtype = tensor.storage.dtype,
                                   .file = file->file(),
                                   .load = [file, offset = begin->second, tensor = std::move(tensor)] {
                                       file->ensureIntact();
                                       return materialise(tensor,
                                                          {.data = file->bytes().data() + offset, .owner = file});
                                   }};
    }
    return out;
}

} // namespace engine::checkpoint
