// swift-tools-version: 6.2
import PackageDescription

/// The kernels are one folder of source compiled six times: two precisions, three instruction sets.
/// `Sources/KernelsFloat` and its five siblings are links to `Sources/Kernels`.
///
/// swiftc refuses `-target-cpu x86-64-v3`; the same request through clang steers its code generation. For v4 LLVM would
/// still make loops of 256-bit vectors, unless it is told to prefer wider ones.
/// `-Ounchecked` also applies to debug builds, where plain loops would be a hundred times slower:
/// kernels take counts and pointers that their caller has already checked.
func kernels(_ name: String, double: Bool, level: Int = 1) -> Target {
  .target(
    name: name, dependencies: ["KernelInterface", "CSupport"],
    swiftSettings: (double ? [.define("DOUBLE")] : [])
      + (level >= 3
        ? [.define("FUSED_MULTIPLY_ADD"), .unsafeFlags(["-Xcc", "-march=x86-64-v\(level)"])] : [])
      + (level >= 4 ? [.define("VECTOR512"), .unsafeFlags(["-Xcc", "-mprefer-vector-width=512"])] : [])
      + [.unsafeFlags(["-Ounchecked"])])
}

let package = Package(
  name: "swiftllc",
  products: [.library(name: "swiftllc", type: .dynamic, targets: ["SharedLibrary"])],
  // A target names every module that it imports, also those that come along with another: the compiler inlines
  // across modules, and what is not named is not compiled again when such a module changes.
  targets: [
    .systemLibrary(
      name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CSwiftLLC", path: "include"),
    .target(name: "CSupport"),
    .target(name: "KernelInterface"),
    kernels("KernelsFloat", double: false),
    kernels("KernelsDouble", double: true),
    kernels("KernelsFloatV3", double: false, level: 3),
    kernels("KernelsDoubleV3", double: true, level: 3),
    kernels("KernelsFloatV4", double: false, level: 4),
    kernels("KernelsDoubleV4", double: true, level: 4),
    .target(
      name: "KernelDispatch",
      dependencies: [
        "CSupport", "KernelInterface", "KernelsFloat", "KernelsDouble", "KernelsFloatV3",
        "KernelsDoubleV3", "KernelsFloatV4", "KernelsDoubleV4",
      ]),
    .target(
      name: "TensorCore", dependencies: ["COpenBLAS", "CSupport", "KernelDispatch", "KernelInterface"]),
    .target(name: "Sampling", dependencies: ["KernelDispatch", "KernelInterface", "TensorCore"]),
    .target(name: "LearningCoefficient", dependencies: ["TensorCore"]),
    .target(
      name: "CExports",
      dependencies: [
        "CSupport", "CSwiftLLC", "KernelDispatch", "LearningCoefficient", "Sampling", "TensorCore",
      ]),
    // The product alone carries the linker settings, so that the tests link as usual.
    .target(
      name: "SharedLibrary", dependencies: ["CExports"],
      linkerSettings: [
        .unsafeFlags([
          "-static-stdlib", "-Xlinker", "--version-script=exports.map", "-Xlinker", "--gc-sections",
        ])
      ]),

    .executableTarget(
      name: "products-benchmark", dependencies: ["COpenBLAS", "CSupport", "KernelDispatch"],
      path: "Benchmarks/products"),

    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .testTarget(name: "KernelsTests", dependencies: ["KernelDispatch", "KernelInterface", "TestSupport"]),
    .testTarget(name: "TensorCoreTests", dependencies: ["KernelDispatch", "TensorCore", "TestSupport"]),
    .testTarget(name: "SamplingTests", dependencies: ["Sampling", "TensorCore", "TestSupport"]),
    .testTarget(
      name: "LearningCoefficientTests", dependencies: ["LearningCoefficient", "TensorCore"],
      exclude: ["reference"]),
    .testTarget(name: "ABITests", dependencies: ["CExports", "CSwiftLLC"]),
  ],
  swiftLanguageModes: [.v6]
)
