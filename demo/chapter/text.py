"""The chapter: every section is a program of a beginner's introduction, written for ``import torch``.

Each takes the module under the name it would be imported by, and prints. Nothing in them says which library it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def create(torch: Any) -> None:
    """Making tensors."""
    print(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    print(torch.zeros(2, 3), torch.ones(3, dtype=torch.int64), torch.eye(2))
    print(torch.arange(6), torch.linspace(0, 1, 5), torch.full((2, 2), 7))
    print(torch.tensor([1, 2]).dtype == torch.int64, torch.tensor(1.5), torch.tensor([True, False]))
    x = torch.tensor([[1.5, 2e-5, 3e4], [0.0, -1.0, 1e5]])
    print(x)
    print(torch.zeros(0, 3), torch.tensor(27.0), x.shape, x.size(1), x.numel())
    print(torch.arange(2000, dtype=torch.float32))
    print(torch.tensor([1.0, float("nan"), float("inf")], dtype=torch.float64))


def index(torch: Any) -> None:
    """Reading and writing parts."""
    x = torch.arange(12).reshape(3, 4)
    print(x[0], x[:, 1], x[1:, ::2], x[-1, -1], x[..., None].shape)
    print(x[x > 6], x[[0, 2]], x[torch.tensor([0, 1]), torch.tensor([2, 3])])
    y = x[1]
    y[0] = 100
    print(x)
    x[:, 0] = torch.tensor([7, 8, 9])
    x[x % 2 == 0] = 0
    print(x)
    print(torch.gather(x, 1, torch.tensor([[0, 1], [2, 3], [0, 0]])))
    print(torch.zeros(2, 3).scatter_(1, torch.tensor([[0], [2]]), 1.0))
    print(torch.index_select(x, 0, torch.tensor([2, 0])), torch.nonzero(x), torch.where(x > 5, x, -x))
    try:
        x[5]
    except IndexError as error:
        print("IndexError:", str(error).split(";")[0])


def reshape(torch: Any) -> None:
    """Shapes, views and memory."""
    x = torch.arange(6)
    y = x.view(2, 3)
    y[0, 0] = 50
    print(x, y, y.t(), y.t().is_contiguous(), y.stride(), y.t().stride())
    try:
        y.t().view(6)
    except RuntimeError as error:
        print("RuntimeError:", str(error).split(". Use")[0])
    print(y.t().reshape(6), y.unsqueeze(0).shape, y[None].squeeze().shape, torch.cat([y, y], dim=1))
    print(torch.stack([x, x]).shape, y.permute(1, 0).shape, torch.ones(3, 1).expand(3, 4).shape, y.repeat(2, 1))
    print(torch.chunk(torch.arange(5), 2), torch.split(torch.arange(5), [1, 4]))
    z = y.clone()
    z.zero_()
    print(y, z, y.storage_offset(), y[1].storage_offset(), y.data_ptr() == x.data_ptr(), z.data_ptr() == x.data_ptr())


def reduce(torch: Any) -> None:
    """Sums, means and extremes."""
    x = torch.tensor([[3.0, 1.0, 2.0], [6.0, 5.0, 4.0]])
    print(x.sum(), x.sum(dim=0), x.mean(1, keepdim=True), x.prod(), x.std(), x.var(dim=0))
    print(x.max(), x.max(dim=1), torch.max(x, torch.tensor(2.5)), x.argmin(1))
    print(torch.sort(x, descending=True), torch.topk(x, 2), x.median(), x.cumsum(0))
    print(x.norm(), torch.dist(x, x + 1), torch.cumprod(torch.tensor([1.0, 0.0, 2.0]), 0))


def compare(torch: Any) -> None:
    """Comparison and types."""
    x, y = torch.tensor([1, 2, 3]), torch.tensor([3.0, 2.0, 1.0])
    print(x == y, x > y, torch.equal(x, y), torch.allclose(y, y + 1e-9), (x > 1).any(), (x > 1).all())
    print((x + y).dtype == torch.float32, x / 2, x // 2, x * 1.5, 2**x, -x % 2, x.float().type().split(".")[-1])
    print(torch.clamp(x, 2), torch.sign(y - 2), torch.round(torch.tensor([0.5, 1.5, 2.5])), torch.sigmoid(y))
    y.add_(1).mul_(2)
    print(y, torch.add(x, y, alpha=10), torch.isnan(torch.tensor([1.0, float("nan")])))


def linear_algebra(torch: Any) -> None:
    """Matrices."""
    a, b = torch.tensor([[2.0, 1.0], [1.0, 3.0]]), torch.tensor([1.0, 2.0])
    print(a @ b, torch.mm(a, a), torch.dot(b, b), torch.outer(b, b), torch.trace(a), torch.det(a))
    print(torch.inverse(a), torch.linalg.solve(a, b), torch.linalg.eigvalsh(a), torch.linalg.norm(a))
    print(torch.addmm(torch.ones(2, 2), a, a, beta=0.5), torch.einsum("ij,j->i", a, b), a.triu(), torch.diag(a))
    try:
        a @ torch.ones(3, 2)
    except RuntimeError as error:
        print("RuntimeError:", str(error).split(";")[0])


def numpy_exchange(torch: Any) -> None:
    """NumPy and back."""
    array = np.ones(3)
    x = torch.from_numpy(array)
    print(x, x.dtype == torch.float64, torch.tensor(array), x.tolist(), x[0].item())
    print(type(x.numpy()).__name__, np.array_equal(np.asarray(x), array))
    w = torch.ones(2, requires_grad=True)
    try:
        w.numpy()
    except RuntimeError as error:
        print("RuntimeError:", str(error))


def autograd(torch: Any) -> None:
    """Gradients."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x**2 + 3 * x).sum()
    print(y, x.is_leaf, y.grad_fn is not None)
    y.backward()
    print(x.grad)
    (2 * x).sum().backward()
    print(x.grad)
    x.grad.zero_()
    with torch.no_grad():
        print((x * 2).requires_grad)
    z = x.detach()
    print(z.requires_grad, torch.autograd.grad((x**3).sum(), x), x.grad)
    v = x * 2
    v.register_hook(lambda g: print("hook:", g))
    v.sum().backward()
    a = torch.zeros(3)
    a[0] = x[1] * 2
    print(a)
    (g,) = torch.autograd.grad(x.prod(), x, create_graph=True)
    print(torch.autograd.grad(g.sum(), x))


def fit_by_hand(torch: Any) -> None:
    """A line fitted with gradients worked out on paper."""
    x = torch.linspace(-1, 1, 20)
    y = 2 * x + 1
    w, b = torch.zeros(1), torch.zeros(1)
    for _ in range(200):
        error = w * x + b - y
        w -= 0.2 * (2 * error * x).mean()
        b -= 0.2 * (2 * error).mean()
    print(f"w = {w.item():.3f}, b = {b.item():.3f}")


def fit_by_autograd(torch: Any) -> list[float]:
    """The same line, fitted by modules and an optimizer; returns the losses for the plot."""
    x = torch.linspace(-1, 1, 20).unsqueeze(1)
    y = 2 * x + 1
    model = torch.nn.Linear(1, 1)
    torch.nn.init.zeros_(model.weight)
    torch.nn.init.zeros_(model.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    losses = []
    for _ in range(200):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(model)
    print(f"w = {model.weight.item():.3f}, b = {model.bias.item():.3f}, loss {losses[0]:.4f} -> {losses[-1]:.4f}")
    return losses


def named(torch: Any) -> None:
    """Named tensors, which PyTorch had from 1.3 and has dropped."""
    images = torch.zeros(2, 3, 4, 5, names=("N", "C", "H", "W"))
    print(images.names, images.sum("C").names, images.transpose("H", "W").names)
    print(images.align_to("N", "H", "W", "C").shape, images.flatten(["C", "H", "W"], "features").names)
    weights = torch.ones(3, names=("C",))
    print((images.align_to("N", "H", "W", "C") * weights).names)
    print(torch.ones(2, 3).refine_names("N", "C"), images.rename(H="height", W="width").names)
    try:
        images + torch.ones(3, names=("C",))
    except RuntimeError as error:
        print("RuntimeError:", error)


SECTIONS = (
    create,
    index,
    reshape,
    reduce,
    compare,
    linear_algebra,
    numpy_exchange,
    autograd,
    fit_by_hand,
    fit_by_autograd,
)
