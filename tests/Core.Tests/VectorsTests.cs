using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests;

public sealed class VectorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_FileIsMissingInASet_Fails(bool required) =>
        Assert.Throws<FileNotFoundException>(() => Vectors.Read(_folder, "windows.json.gz", required));

    [Fact]
    public void Read_NoFolderThoughItIsRequired_Fails() =>
        Assert.Throws<DirectoryNotFoundException>(() => Vectors.Read(Path.Combine(_folder, "none"), "a.json", required: true));

    [Fact]
    public void Read_FileIsThere_IsItsJson()
    {
        File.WriteAllText(Path.Combine(_folder, "a.json"), """{"topic":"a"}""");

        Assert.Equal("a", Vectors.Read(_folder, "a.json", required: true).GetProperty("topic").GetString());
    }
}
