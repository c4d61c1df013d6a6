"""L14: broadcasting. What share of the calories comes from carbs, proteins and fats?"""

import numpy as np
from common import folder

import autograd_mini as am

pictures = folder()
foods = ["apples", "beef", "eggs", "potatoes"]
A = am.Tensor(
    [
        [56.0, 0.0, 4.4, 68.0],
        [1.2, 104.0, 52.0, 8.0],
        [1.8, 135.0, 99.0, 0.9],
    ],
    "A",
)
cal = A.sum(axis=0)
percentage = 100 * A / cal.reshape(1, 4)
am.label(cal=cal, percentage=percentage)


def show(title, rows, form):
    print(f"{title:16}", *(f"{food:>9}" for food in foods))
    for name, row in rows:
        print(f"{name:16}", *(form.format(number) for number in row))
    print()


show("", [("calories", cal.data)], "{:9.1f}")
show("% of calories", zip(["carbs", "proteins", "fats"], percentage.data, strict=True), "{:9.1f}")
print(f"{cal.data[0]:g} calories in apples, {percentage.data[0, 0]:.1f}% from carbs\n")

# (3, 4) / (1, 4): cal's row was repeated for three rows, so its gradient is summed over them.
share = percentage[0, 0]
am.label(share=share)
share.backward()
show(
    "d 94.9% / dA",
    zip(["carbs", "proteins", "fats"], A.grad, strict=True),
    "{:9.4f}",
)
print(f"d 94.9% / dcal, of shape {cal.grad.shape}: {cal.grad.round(4)}")

path = pictures / "l14_share.svg"
am.draw(share).save(path)
print(f"picture: {path}")

np.sum(percentage).backward()
largest = np.abs(A.grad).max()
print(f"a food's shares add up to 100 whatever A is: the gradient of their sum is {largest:.0e}")
