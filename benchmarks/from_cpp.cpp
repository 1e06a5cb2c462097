// A network without Python. It loads a model, then answers a line for each line that it is asked:
//
//   from_cpp MODEL PICTURES SIDE
//     MODEL      a file of TorchScript (.ts) or a package of AOTInductor (.pt2), for one picture at a time
//     PICTURES   float32, SIDE by SIDE each, one after the other
//
//   label        all labels, a digit for each picture
//   time N       nanoseconds of the processor that N runs of the first picture take

#include <ATen/Parallel.h>
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>
#include <torch/script.h>

#include <ctime>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

using Network = std::function<at::Tensor(const at::Tensor&)>;

Network load(const std::string& path) {
    if (path.ends_with(".pt2")) {
        auto package = std::make_shared<torch::inductor::AOTIModelPackageLoader>(path, "model", true);
        return [package](const at::Tensor& picture) { return package->run({picture})[0]; };
    }
    auto module = std::make_shared<torch::jit::Module>(torch::jit::load(path));
    return [module](const at::Tensor& picture) { return module->forward({picture}).toTensor(); };
}

std::string labels(const Network& network, const std::vector<at::Tensor>& pictures) {
    std::string said;
    for (const auto& picture : pictures) said += std::to_string(network(picture).argmax(1).item<int64_t>());
    return said;
}

int64_t processor_ns() {
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

int64_t nanoseconds(const Network& network, const at::Tensor& picture, int times) {
    const auto start = processor_ns();
    for (int i = 0; i < times; i++) network(picture);
    return processor_ns() - start;
}

int main(int count, char** words) {
    if (count != 4) {
        std::cerr << "from_cpp MODEL PICTURES SIDE\n";
        return 2;
    }
    at::set_num_threads(1);
    c10::InferenceMode guard;
    const auto network = load(words[1]);
    const int64_t side = std::stoll(words[3]);
    const auto numbers = static_cast<int64_t>(std::filesystem::file_size(words[2]) / sizeof(float));
    const auto given = at::from_file(words[2], false, numbers, at::kFloat).clone();
    const auto pictures = given.view({-1, 1, 1, side, side}).unbind();

    for (std::string asked; std::cin >> asked;) {
        if (asked == "label") {
            std::cout << labels(network, pictures) << std::endl;
        } else if (int times; asked == "time" && std::cin >> times) {
            std::cout << nanoseconds(network, pictures[0], times) << std::endl;
        }
    }
}
