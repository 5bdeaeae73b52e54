// fused_decode.cc - written for this project: TVM's paged KV cache with one dispatch less per layer and token.
//
// The cache calls a function to split and turn queries, keys and values, and another to append keys and values to its
// pages. For one token it calls them one after the other, before attention: the first then only takes note of its
// arguments, and the second starts `rope_append`, which does both. Of a prompt, attention needs the split keys and
// values, and they are appended after it: there both do what they did.
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/runtime/tensor.h>

#include <memory>
#include <vector>

namespace {

using tvm::ffi::Any;
using tvm::ffi::AnyView;
using tvm::ffi::Function;
using tvm::ffi::PackedArgs;
using tvm::runtime::Tensor;

// Places among the arguments of vm.builtin.paged_attention_kv_cache_create.
constexpr int kAppend = 13;
constexpr int kSplit = 24;

struct Noted {
  Tensor qkv, positions, q;
};

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  // The arguments of vm.builtin.paged_attention_kv_cache_create, then the kernel `rope_append`.
  refl::GlobalDef().def_packed("modelc.kv_cache_create_fused_decode", [](PackedArgs args, Any* result) {
    int given = args.size() - 1;
    std::vector<Any> all;
    for (int i = 0; i < given; ++i) all.push_back(args[i]);
    auto noted = std::make_shared<Noted>();
    Function split = args[kSplit].cast<Function>(), append = args[kAppend].cast<Function>();
    Function rope_append = args[given].cast<Function>();

    all[kSplit] = Function::FromPacked([noted, split](PackedArgs a, Any* unused) {
      Tensor q = a[2].cast<Tensor>();
      if (q->shape[0] > 1) return split.CallPacked(a, unused);
      *noted = {a[0].cast<Tensor>(), a[1].cast<Tensor>(), q};
    });
    all[kAppend] = Function::FromPacked([noted, append, rope_append](PackedArgs a, Any* unused) {
      if (!noted->q.defined()) return append.CallPacked(a, unused);
      rope_append(noted->qkv, noted->positions, a[3].cast<Tensor>(), noted->q, a[0].cast<Tensor>());
      *noted = Noted();
    });

    std::vector<AnyView> views(all.begin(), all.end());
    Function::GetGlobalRequired("vm.builtin.paged_attention_kv_cache_create")
        .CallPacked(views.data(), static_cast<int32_t>(views.size()), result);
  });
}

}  // namespace
