// fused_attention.cc - written for this project: TVM's paged KV cache with three kernels of our own behind it.
//
// The cache calls a function to split and turn queries, keys and values, one to append keys and values to its pages,
// and up to three for attention and its joining. Where these are one kernel each, a token takes four dispatches
// per layer and a prompt five. Here the functions that the cache calls only take note of their arguments, and the last
// of them starts two kernels: `rope_append`, which turns and appends, and `attend`, which reads all positions, new ones
// too, from the pages. Long conversations have their positions attended to in parts, which `combine` joins.
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/runtime/tensor.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace {

using tvm::ffi::Any;
using tvm::ffi::AnyView;
using tvm::ffi::Array;
using tvm::ffi::Function;
using tvm::ffi::PackedArgs;
using tvm::ffi::Shape;
using tvm::runtime::Tensor;

constexpr int kOwnKernels = 3;
constexpr int64_t kMostParts = 8;
constexpr int64_t kPagesPerPart = 8;  // parts shorter than this cost more to join than they save

// One call of attention of one layer.
struct Fused {
  Function rope_append, attend, combine;
  Tensor qkv, positions, q, pages, map, out, lse;
  Tensor page_list;  // of positions before this call; undefined: there are none
  Tensor parts, parts_lse;

  void Begin(Tensor new_qkv, Tensor new_positions, Tensor new_q) {
    qkv = new_qkv, positions = new_positions, q = new_q;
    out = lse = page_list = Tensor();
  }

  // For one token the cache appends before attention, for more after it.
  void Append(Tensor new_pages, Tensor new_map) {
    pages = new_pages, map = new_map;
    rope_append(qkv, positions, map, q, pages);
    if (out.defined()) Attend();
  }

  void Attend() {
    int64_t tokens = q->shape[0], heads = q->shape[1], depth = q->shape[2];
    int64_t held = page_list.defined() ? page_list->shape[0] : 0;
    int64_t count = tokens > 1 ? 1 : std::clamp<int64_t>(held / kPagesPerPart, 1, kMostParts);
    Tensor list = held > 0 ? page_list : map;
    if (count == 1) {
      attend(q, positions, list, map, pages, out.CreateView({1, tokens, heads, depth}, out->dtype),
             lse.CreateView({1, tokens, heads}, lse->dtype), scale);
      return;
    }
    if (!parts.defined()) {
      parts = Tensor::Empty({kMostParts, 1, heads, depth}, out->dtype, out->device);
      parts_lse = Tensor::Empty({kMostParts, 1, heads}, lse->dtype, lse->device);
    }
    Tensor some = parts.CreateView({count, 1, heads, depth}, out->dtype);
    Tensor some_lse = parts_lse.CreateView({count, 1, heads}, lse->dtype);
    attend(q, positions, list, map, pages, some, some_lse, scale);
    combine(some, some_lse, out);
  }

  double scale = 1;
};

void OneSequence(const Tensor& starts) {
  TVM_FFI_ICHECK_EQ(starts->shape[0], 2) << "This library attends to one conversation at a time.";
}

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  // The arguments of vm.builtin.paged_attention_kv_cache_create up to its functions, then the three kernels.
  refl::GlobalDef().def_packed("modelc.kv_cache_create", [](PackedArgs args, Any* result) {
    auto fused = std::make_shared<Fused>();
    int given = args.size() - kOwnKernels;
    fused->rope_append = args[given].cast<Function>();
    fused->attend = args[given + 1].cast<Function>();
    fused->combine = args[given + 2].cast<Function>();

    Function split = Function::FromPacked([fused](PackedArgs a, Any*) {
      fused->Begin(a[0].cast<Tensor>(), a[1].cast<Tensor>(), a[2].cast<Tensor>());
    });
    Function append = Function::FromPacked(
        [fused](PackedArgs a, Any*) { fused->Append(a[0].cast<Tensor>(), a[3].cast<Tensor>()); });
    // A prompt over itself: the first of its calls.
    Function ragged = Function::FromPacked([fused](PackedArgs a, Any*) {
      OneSequence(a[1].cast<Tensor>());
      fused->out = a[7].cast<Tensor>(), fused->lse = a[8].cast<Tensor>();
      fused->scale = a[13].cast<double>();
    });
    // A prompt over what the cache holds.
    Function prefill = Function::FromPacked(
        [fused](PackedArgs a, Any*) { fused->page_list = a[4].cast<Tensor>(); });
    // One token; its key and value have been appended.
    Function decode = Function::FromPacked([fused](PackedArgs a, Any*) {
      OneSequence(a[2].cast<Tensor>());
      fused->page_list = a[3].cast<Tensor>();
      fused->out = a[7].cast<Tensor>(), fused->lse = a[8].cast<Tensor>();
      fused->scale = a[12].cast<double>();
      fused->Attend();
    });
    Function merge = Function::FromPacked([](PackedArgs, Any*) {});
    Function absent = Function::FromPacked([](PackedArgs, Any*) {
      TVM_FFI_THROW(RuntimeError) << "This library cannot branch or copy conversations.";
    });

    Array<Any> none;
    std::vector<Any> all;
    for (int i = 0; i < given; ++i) all.push_back(args[i]);
    auto kernel = [](Function f) { return Array<Any>{tvm::ffi::String("tirx"), f}; };
    for (Any function : std::vector<Any>{
             append, Any(), kernel(ragged), kernel(prefill), kernel(decode), none, none, none, none, none,
             Array<Function>{merge}, split, absent, absent, absent})
      all.push_back(function);
    std::vector<AnyView> views(all.begin(), all.end());
    Function::GetGlobalRequired("vm.builtin.paged_attention_kv_cache_create")
        .CallPacked(views.data(), static_cast<int32_t>(views.size()), result);
  });
}

}  // namespace
